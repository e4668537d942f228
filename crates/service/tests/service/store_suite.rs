//! What every store has to do. `store_suite!` makes a test of each case for one kind of store.

use std::sync::Arc;

use functiongraph_service::auth::{CredentialId, Grant, KeyGrant, Role, SecretKey, TokenHash};
use functiongraph_service::domain::{
    Action, Actor, Code, CodeDigests, DigestClaim, FunctionKey, Origin, PageRange, Publication,
    Rules, StoredCode, VersionName, WorkingCopy,
};
use functiongraph_service::store::{
    Added, Administration, CodeUpdate, Contents, FunctionFilter, FunctionId, ImportError,
    ImportMode, Imported, NewKey, NewToken, Piece, PublishError, Published, Revocation, Store,
    StoreError, TokenRecord, VersionDeletion,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A kind of store under test.
pub(crate) trait Harness: Send + Sync + Sized {
    type Store: Administration;

    /// A store with nothing in it.
    async fn fresh() -> Self;

    /// The store.
    fn store(&self) -> Arc<Self::Store>;

    /// Closes the store and opens what it left.
    async fn reopened(self) -> Self;
}

pub(crate) fn key(project: &str, name: &str) -> FunctionKey {
    FunctionKey {
        project: project.into(),
        package: "default".into(),
        name: name.into(),
    }
}

pub(crate) fn copy(key: &FunctionKey, timeout: u32, code: Option<&[u8]>) -> WorkingCopy {
    let digest = code.map_or_else(
        || "as imported".to_owned(),
        |code| CodeDigests::of(code).sha512_hex(),
    );
    let fields = json!({
        "func_urn": format!("urn:fss:r:{}:function:{}:{}", key.project, key.package, key.name),
        "func_name": key.name,
        "timeout": timeout,
        "digest": digest,
        "version": "latest",
        "image_name": "latest-191025153727@zehht",
        "last_modified": "2019-10-25 15:37:27",
        "func_code": {},
    });
    WorkingCopy::new(
        key.clone(),
        fields.as_object().unwrap().clone(),
        code.map(|code| StoredCode::new(code.to_vec())),
    )
}

/// An administrator's doing at a time.
pub(crate) fn at(time: &str) -> Origin {
    Origin {
        actor: Actor::administrator("test"),
        at: time.parse().unwrap(),
        request_id: None,
    }
}

/// An administrator's doing.
pub(crate) fn origin() -> Origin {
    at("2026-11-21T11:00:00Z")
}

pub(crate) fn publication(name: Option<&str>) -> Publication {
    Publication {
        version: name.map(|name| VersionName::parse(name).unwrap()),
        description: None,
        digest: None,
        origin: at("2026-11-21T12:00:07Z"),
        image_tag: "a1b2c".into(),
        rules: Rules {
            max_versions: 1_000_000,
            refuse_unchanged: false,
        },
    }
}

/// Imports a function and answers its id.
pub(crate) async fn function<S: Administration>(store: &S, name: &str) -> FunctionId {
    let key = key("p1", name);
    store
        .import(vec![copy(&key, 3, None)], ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    store.function(&key).await.unwrap().unwrap()
}

pub(crate) async fn publish<S: Administration>(
    store: &S,
    function: FunctionId,
    name: &str,
) -> Published {
    store
        .publish(function, publication(Some(name)))
        .await
        .unwrap()
}

/// Deletes a version; whether it was there.
async fn delete<S: Administration>(store: &S, function: &str, version: &str) -> bool {
    let deletion = store
        .delete_version(&key("p1", function), version, origin())
        .await
        .unwrap();
    deletion == VersionDeletion::Deleted
}

/// The names on a page, its next marker and its count.
async fn page<S: Administration>(
    store: &S,
    function: FunctionId,
    marker: u64,
    maxitems: u64,
) -> (Vec<String>, u64, u64) {
    let page = store
        .page(function, PageRange::new(marker, maxitems))
        .await
        .unwrap()
        .unwrap();
    let json: Value = serde_json::from_slice(&page.json).unwrap();
    let names: Vec<String> = json["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["version"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), usize::try_from(page.items).unwrap());
    assert_eq!(json["next_marker"], page.next_marker);
    assert_eq!(json["count"], page.count);
    (names, page.next_marker, page.count)
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, PublishError>) -> Code {
    match outcome {
        Err(PublishError::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

fn new_token(word: &str, role: Role) -> NewToken {
    NewToken {
        id: CredentialId::new(format!("tk-{word}")),
        hash: TokenHash::of(word),
        project: "p1".into(),
        role,
        expires: None,
    }
}

fn new_key(access: &str, secret: &str) -> NewKey {
    NewKey {
        access: access.into(),
        secret: SecretKey::new(secret),
        project: "p1".into(),
        role: Role::Publisher,
        expires: None,
    }
}

pub(crate) async fn tokens_grant_what_they_were_added_for<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let now = origin().at;
    let hash = TokenHash::of("one");
    let token = new_token("one", Role::Reader);
    assert_eq!(store.grant(hash, now).await.unwrap(), None);
    let added = store.add_token(token.clone(), origin()).await.unwrap();
    let record = TokenRecord {
        id: token.id.clone(),
        project: "p1".into(),
        role: Role::Reader,
        created: Some(now),
        expires: None,
        revoked: None,
    };
    assert_eq!(added, Added::Added(record.clone()));
    let grant = Grant {
        id: token.id.clone(),
        project: "p1".into(),
        role: Role::Reader,
    };
    assert_eq!(store.grant(hash, now).await.unwrap(), Some(grant.clone()));
    let unknown = store.grant(TokenHash::of("two"), now).await.unwrap();
    assert_eq!(unknown, None);

    // The same once more, under whatever identifier, changes nothing.
    let again = NewToken {
        id: CredentialId::new("tk-again"),
        ..token.clone()
    };
    let again = store.add_token(again, at("2026-11-21T12:00:00Z")).await;
    assert_eq!(again.unwrap(), Added::Unchanged(record.clone()));
    for other in [
        new_token("one", Role::Publisher),
        NewToken {
            project: "p2".into(),
            ..token.clone()
        },
        NewToken {
            expires: Some("2027-01-01T00:00:00Z".parse().unwrap()),
            ..token.clone()
        },
    ] {
        let differs = store.add_token(other, origin()).await.unwrap();
        assert_eq!(differs, Added::Differs(record.clone()));
    }

    drop(store);
    let harness = harness.reopened().await;
    let granted = harness.store().grant(hash, now).await.unwrap();
    assert_eq!(granted, Some(grant));
    assert_eq!(harness.store().tokens(None).await.unwrap(), [record]);
}

pub(crate) async fn tokens_end<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let now = origin().at;
    let expiring = NewToken {
        expires: Some("2026-11-21T11:00:01Z".parse().unwrap()),
        ..new_token("expiring", Role::Reader)
    };
    store.add_token(expiring.clone(), origin()).await.unwrap();
    let granted = async |time: &str| {
        let grant = store.grant(expiring.hash, time.parse().unwrap()).await;
        grant.unwrap().is_some()
    };
    assert!(granted("2026-11-21T11:00:00.999999Z").await);
    assert!(!granted("2026-11-21T11:00:01Z").await);
    assert!(!granted("2030-01-01T00:00:00Z").await);

    let token = new_token("revoked", Role::Publisher);
    let id = token.id.clone();
    store.add_token(token.clone(), origin()).await.unwrap();
    let later = at("2026-11-21T11:30:00.000001Z");
    let revoked = store.revoke_token(&id, later.clone()).await.unwrap();
    let Revocation::Revoked(record) = revoked else {
        panic!("{revoked:?}");
    };
    assert_eq!(record.revoked, Some(later.at));
    assert_eq!(store.grant(token.hash, now).await.unwrap(), None);
    let again = store.revoke_token(&id, origin()).await.unwrap();
    assert_eq!(again, Revocation::AlreadyRevoked(record.clone()));
    // Nobody gets it back by adding it once more.
    let added = store.add_token(token.clone(), origin()).await.unwrap();
    assert_eq!(added, Added::Differs(record.clone()));
    assert_eq!(store.grant(token.hash, now).await.unwrap(), None);
    let unknown = CredentialId::new("tk-unknown");
    let revoked = store.revoke_token(&unknown, origin()).await.unwrap();
    assert_eq!(revoked, Revocation::Unknown);

    let listed = store.tokens(Some("p1")).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].expires, expiring.expires);
    assert_eq!(listed[1], record);
    assert_eq!(store.tokens(Some("p2")).await.unwrap(), []);
}

pub(crate) async fn keys_grant_until_they_end<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let now = origin().at;
    let key = NewKey {
        expires: Some("2026-12-01T00:00:00Z".parse().unwrap()),
        ..new_key("AK1", "a-secret-of-some-length")
    };
    assert_eq!(store.key("AK1", now).await.unwrap(), None);
    let added = store.add_key(key.clone(), origin()).await.unwrap();
    let Added::Added(record) = added else {
        panic!("{added:?}");
    };
    let expected = KeyGrant {
        secret: key.secret.clone(),
        grant: Grant {
            id: CredentialId::new("AK1"),
            project: "p1".into(),
            role: Role::Publisher,
        },
    };
    assert_eq!(store.key("AK1", now).await.unwrap(), Some(expected));
    for other in ["ak1", "AK", "AK11", ""] {
        assert_eq!(store.key(other, now).await.unwrap(), None, "{other}");
    }
    assert_eq!(store.key("AK1", key.expires.unwrap()).await.unwrap(), None);

    let again = store.add_key(key.clone(), origin()).await.unwrap();
    assert_eq!(again, Added::Unchanged(record.clone()));
    let other = NewKey {
        secret: SecretKey::new("another-secret-altogether"),
        ..key.clone()
    };
    let differs = store.add_key(other, origin()).await.unwrap();
    assert_eq!(differs, Added::Differs(record.clone()));
    store
        .add_key(
            NewKey {
                project: "p2".into(),
                ..new_key("AK0", "a-secret-of-some-length")
            },
            origin(),
        )
        .await
        .unwrap();
    assert_eq!(
        store.keys(Some("p1")).await.unwrap(),
        std::slice::from_ref(&record)
    );
    let all = store.keys(None).await.unwrap();
    let names: Vec<&str> = all.iter().map(|key| &*key.access).collect();
    assert_eq!(names, ["AK0", "AK1"]);

    let revoked = store.revoke_key("AK1", origin()).await.unwrap();
    assert!(matches!(revoked, Revocation::Revoked(_)), "{revoked:?}");
    assert_eq!(store.key("AK1", now).await.unwrap(), None);
    let added = store.add_key(key, origin()).await.unwrap();
    assert!(matches!(added, Added::Differs(_)), "{added:?}");
    let again = store.revoke_key("AK1", origin()).await.unwrap();
    assert!(matches!(again, Revocation::AlreadyRevoked(_)), "{again:?}");
    let unknown = store.revoke_key("AK9", origin()).await.unwrap();
    assert_eq!(unknown, Revocation::Unknown);
}

pub(crate) async fn a_signature_is_new_once<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let (now, until) = (time("2026-11-21T12:00:00Z"), time("2026-11-21T12:15:00Z"));
    assert!(store.note_signature([1; 32], until, now).await.unwrap());
    assert!(!store.note_signature([1; 32], until, now).await.unwrap());
    assert!(store.note_signature([2; 32], until, now).await.unwrap());
    drop(store);
    let harness = harness.reopened().await;
    let store = harness.store();
    assert!(!store.note_signature([1; 32], until, until).await.unwrap());
    // Many at once: one is the first.
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            store.note_signature([3; 32], until, now).await.unwrap()
        }));
    }
    let mut first = 0;
    for task in tasks {
        first += u32::from(task.await.unwrap());
    }
    assert_eq!(first, 1);
    // Once they are too old to be taken, they are forgotten.
    let later = time("2026-11-21T12:15:00.000001Z");
    let next = time("2026-11-21T12:30:00Z");
    assert!(store.note_signature([4; 32], next, later).await.unwrap());
    assert!(store.note_signature([1; 32], next, later).await.unwrap());
}

pub(crate) async fn functions_are_listed_in_order<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let keys = [
        key("p1", "alpha"),
        key("p1", "beta"),
        FunctionKey {
            package: "zeta".into(),
            ..key("p1", "alpha")
        },
        key("p10", "alpha"),
        key("p2", "Alpha"),
        key("p2", "alphabet"),
    ];
    let copies = keys.iter().rev().map(|key| copy(key, 3, None)).collect();
    store
        .import(copies, ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    let all = async |project: Option<&str>, prefix: &str, step: u32| {
        let mut found: Vec<FunctionKey> = Vec::new();
        loop {
            let filter = FunctionFilter {
                project: project.map(str::to_owned),
                prefix: prefix.to_owned(),
            };
            let page = store.functions(filter, found.last(), step).await.unwrap();
            if page.is_empty() {
                return found;
            }
            assert!(page.len() <= usize::try_from(step).unwrap());
            found.extend(page.into_iter().map(|function| function.key));
        }
    };
    for step in [1, 2, 100] {
        assert_eq!(all(None, "", step).await, keys);
        assert_eq!(all(Some("p1"), "", step).await, keys[..3]);
        assert_eq!(all(Some("p2"), "alph", step).await, keys[5..]);
        let prefixed = [&keys[0], &keys[2], &keys[3], &keys[5]].map(Clone::clone);
        assert_eq!(all(None, "alpha", step).await, prefixed);
        assert_eq!(all(Some("p3"), "", step).await, []);
        assert_eq!(all(None, "%", step).await, []);
    }
    let filter = FunctionFilter {
        project: Some("p1".into()),
        prefix: String::new(),
    };
    let past = store.functions(filter.clone(), Some(&keys[4]), 9).await;
    assert_eq!(past.unwrap(), []);

    let id = store.function(&keys[0]).await.unwrap().unwrap();
    for name in ["v1", "v2"] {
        publish(&*store, id, name).await;
    }
    assert!(delete(&*store, "alpha", "v2").await);
    let first = store.functions(filter, None, 1).await.unwrap().remove(0);
    assert_eq!((first.id, first.versions, first.next_position), (id, 2, 3));
}

pub(crate) async fn a_function_shows_its_working_copy<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let (f, g) = (key("p1", "f"), key("p1", "g"));
    let copies = vec![copy(&f, 3, Some(b"code")), copy(&g, 3, None)];
    store
        .import(copies.clone(), ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    let detail = store.function_detail(&f).await.unwrap().unwrap();
    assert_eq!(detail.metadata, copies[0].metadata);
    assert_eq!(
        (detail.summary.versions, detail.summary.next_position),
        (1, 1)
    );
    let code = detail.code.unwrap();
    assert_eq!((code.digests, code.size), (CodeDigests::of(b"code"), 4));
    let detail = store.function_detail(&g).await.unwrap().unwrap();
    assert_eq!(detail.code, None);
    assert_eq!(detail.summary.key, g);
    let unknown = store.function_detail(&key("p1", "h")).await.unwrap();
    assert_eq!(unknown, None);
}

pub(crate) async fn code_is_replaced_and_published_versions_keep_theirs<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let f = key("p1", "f");
    let code = |bytes: &[u8]| StoredCode::new(bytes.to_vec());
    let update = |code| store.update_code(&f, code, at("2026-11-21T13:00:00Z"));
    let outcome = update(code(b"new")).await.unwrap();
    assert_eq!(outcome, CodeUpdate::NoSuchFunction);
    store
        .import(
            vec![copy(&f, 3, Some(b"old"))],
            ImportMode::CreateOnly,
            origin(),
        )
        .await
        .unwrap();
    let id = store.function(&f).await.unwrap().unwrap();
    publish(&*store, id, "v1").await;
    assert_eq!(update(code(b"old")).await.unwrap(), CodeUpdate::Unchanged);
    assert_eq!(update(code(b"new")).await.unwrap(), CodeUpdate::Updated);
    assert_eq!(update(code(b"new")).await.unwrap(), CodeUpdate::Unchanged);
    let detail = store.function_detail(&f).await.unwrap().unwrap();
    let metadata: Value = serde_json::from_str(&detail.metadata).unwrap();
    assert_eq!(metadata["digest"], CodeDigests::of(b"new").sha512_hex());
    assert_eq!(metadata["code_size"], 3);
    assert_eq!(metadata["last_modified"], "2026-11-21T13:00:00Z");
    assert_eq!(metadata["timeout"], 3);
    assert_eq!(store.code(id, None).await.unwrap().unwrap(), b"new");
    assert_eq!(store.code(id, Some("v1")).await.unwrap().unwrap(), b"old");
    // It counts as a change.
    let strict = Publication {
        rules: Rules {
            refuse_unchanged: true,
            ..Rules::default()
        },
        ..publication(Some("v2"))
    };
    let published = store.publish(id, strict).await.unwrap();
    let version: Value = serde_json::from_str(&published.json).unwrap();
    assert_eq!(version["digest"], CodeDigests::of(b"new").sha512_hex());
    // Code that nothing has any more goes, and comes back with whoever brings it.
    assert!(delete(&*store, "f", "v1").await);
    assert_eq!(update(code(b"old")).await.unwrap(), CodeUpdate::Updated);
    assert_eq!(store.code(id, None).await.unwrap().unwrap(), b"old");
    assert_eq!(store.code(id, Some("v2")).await.unwrap().unwrap(), b"new");
}

pub(crate) async fn a_deletion_says_what_it_met<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let id = function(&*store, "f").await;
    publish(&*store, id, "v1").await;
    let f = key("p1", "f");
    for (key, name, outcome) in [
        (&f, "v1", VersionDeletion::Deleted),
        (&f, "v1", VersionDeletion::AlreadyDeleted),
        (&f, "v2", VersionDeletion::NoSuchVersion),
        (&f, "latest", VersionDeletion::NoSuchVersion),
        (&key("p2", "f"), "v1", VersionDeletion::NoSuchFunction),
    ] {
        let deletion = store.delete_version(key, name, origin()).await;
        assert_eq!(deletion.unwrap(), outcome, "{key} {name}");
    }
}

pub(crate) async fn every_change_is_recorded<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let f = key("p1", "f");
    let import = |timeout, mode| store.import(vec![copy(&f, timeout, Some(b"a"))], mode, origin());
    import(3, ImportMode::CreateOnly).await.unwrap();
    import(3, ImportMode::Update).await.unwrap();
    import(4, ImportMode::CreateOnly).await.unwrap_err();
    import(4, ImportMode::Update).await.unwrap();
    let id = store.function(&f).await.unwrap().unwrap();
    let by_token = Publication {
        origin: Origin {
            actor: Actor {
                kind: functiongraph_service::domain::ActorKind::Token,
                id: "tk-1".into(),
            },
            at: "2026-11-21T12:00:00.123456Z".parse().unwrap(),
            request_id: Some("r-1".into()),
        },
        ..publication(Some("v1"))
    };
    store.publish(id, by_token.clone()).await.unwrap();
    refused(store.publish(id, by_token.clone()).await);
    let code = StoredCode::new(b"b".to_vec());
    store.update_code(&f, code.clone(), origin()).await.unwrap();
    store.update_code(&f, code, origin()).await.unwrap();
    assert!(delete(&*store, "f", "v1").await);
    assert!(!delete(&*store, "f", "v1").await);
    let other = NewToken {
        project: "p2".into(),
        ..new_token("one", Role::Reader)
    };
    for _ in 0..2 {
        store.add_token(other.clone(), origin()).await.unwrap();
        let key = new_key("AK1", "a-secret-of-some-length");
        store.add_key(key, origin()).await.unwrap();
    }
    for _ in 0..2 {
        store.revoke_token(&other.id, origin()).await.unwrap();
        store.revoke_key("AK1", origin()).await.unwrap();
    }
    drop(store);
    let harness = harness.reopened().await;
    let store = harness.store();
    let all = store.audit(0, 100, None).await.unwrap();
    let deeds: Vec<(Action, &str, &str)> = all
        .iter()
        .map(|record| {
            let project = record.deed.project.as_deref().unwrap();
            (record.deed.action, project, &*record.deed.subject)
        })
        .collect();
    assert_eq!(
        deeds,
        [
            (Action::CreateFunction, "p1", "default:f"),
            (Action::UpdateFunction, "p1", "default:f"),
            (Action::Publish, "p1", "default:f:v1"),
            (Action::UpdateCode, "p1", "default:f"),
            (Action::DeleteVersion, "p1", "default:f:v1"),
            (Action::AddToken, "p2", "tk-one"),
            (Action::AddKey, "p1", "AK1"),
            (Action::RevokeToken, "p2", "tk-one"),
            (Action::RevokeKey, "p1", "AK1"),
        ]
    );
    assert_eq!(all[2].origin, by_token.origin);
    assert_eq!(all[2].deed.detail.as_deref(), Some(r#"{"position":1}"#));
    assert_eq!(all[0].origin, origin());
    assert_eq!(all[5].deed.detail.as_deref(), Some(r#"{"role":"reader"}"#));
    let text = format!("{all:?}");
    assert!(!text.contains("a-secret"), "a secret in the audit");
    assert!(all.is_sorted_by(|one, two| one.id < two.id));

    let rest = store.audit(all[3].id, 3, None).await.unwrap();
    assert_eq!(rest, all[4..7]);
    let of_p2 = store.audit(0, 100, Some("p2")).await.unwrap();
    assert_eq!(of_p2, [all[5].clone(), all[7].clone()]);
    assert_eq!(store.audit(u64::MAX, 100, None).await.unwrap(), []);
    assert_eq!(store.audit(0, 100, Some("p3")).await.unwrap(), []);
}

pub(crate) async fn functions_are_found_by_all_of_their_identity<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let one = key("p1", "f");
    let packaged = FunctionKey {
        package: "other".into(),
        ..one.clone()
    };
    let copies = [&one, &packaged, &key("p2", "f"), &key("p1", "g")].map(|key| copy(key, 3, None));
    let imported = store
        .import(copies.to_vec(), ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    assert_eq!(imported, [Imported::Created; 4]);
    let mut ids = Vec::new();
    for copy in &copies {
        let id = store.function(&copy.key).await.unwrap().unwrap();
        assert!(!ids.contains(&id));
        ids.push(id);
    }
    for unknown in [
        key("p3", "f"),
        key("p1", "F"),
        key("P1", "f"),
        key("p1", ""),
    ] {
        assert_eq!(store.function(&unknown).await.unwrap(), None, "{unknown}");
    }
}

pub(crate) async fn an_import_is_idempotent_and_all_or_nothing<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let (f, g, h) = (key("p1", "f"), key("p1", "g"), key("p1", "h"));
    let first = vec![copy(&f, 3, Some(b"code")), copy(&g, 3, None)];
    store
        .import(first.clone(), ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    for mode in [ImportMode::CreateOnly, ImportMode::Update] {
        let again = store.import(first.clone(), mode, origin()).await.unwrap();
        assert_eq!(again, [Imported::Unchanged; 2]);
    }

    let second = vec![
        copy(&h, 3, None),
        copy(&f, 4, Some(b"code")),
        copy(&g, 3, None),
    ];
    let refused = store
        .import(second.clone(), ImportMode::CreateOnly, origin())
        .await;
    let Err(ImportError::Differ(differ)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(differ, [(1, first[0].metadata.clone())]);
    assert_eq!(store.function(&h).await.unwrap(), None, "half an import");

    let updated = store
        .import(second, ImportMode::Update, origin())
        .await
        .unwrap();
    assert_eq!(
        updated,
        [Imported::Created, Imported::Updated, Imported::Unchanged]
    );
}

pub(crate) async fn an_import_touches_no_published_version<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let key = key("p1", "f");
    let old = copy(&key, 3, Some(b"old"));
    store
        .import(vec![old.clone()], ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    let id = store.function(&key).await.unwrap().unwrap();
    let published = publish(&*store, id, "v1").await;

    let new = copy(&key, 4, Some(b"new"));
    store
        .import(vec![new.clone()], ImportMode::Update, origin())
        .await
        .unwrap();
    assert_eq!(store.function(&key).await.unwrap(), Some(id));
    let page = store.page(id, PageRange::new(0, 0)).await.unwrap().unwrap();
    let expected = format!(
        r#"{{"versions":[{},{}],"next_marker":2,"count":2}}"#,
        new.metadata, published.json
    );
    assert_eq!(page.json, expected);
    assert_eq!(store.code(id, None).await.unwrap().unwrap(), b"new");
    assert_eq!(store.code(id, Some("v1")).await.unwrap().unwrap(), b"old");

    let next = publish(&*store, id, "v2").await;
    let next: Value = serde_json::from_str(&next.json).unwrap();
    assert_eq!(next["timeout"], 4);
    assert_eq!(next["digest"], CodeDigests::of(b"new").sha512_hex());
}

pub(crate) async fn an_import_without_code_keeps_the_code_it_describes<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let key = key("p1", "f");
    let full = copy(&key, 3, Some(b"code"));
    let bare = |timeout| WorkingCopy {
        code: None,
        ..copy(&key, timeout, Some(b"code"))
    };
    let import = |copy| store.import(vec![copy], ImportMode::Update, origin());
    import(full.clone()).await.unwrap();
    let id = store.function(&key).await.unwrap().unwrap();
    assert_eq!(import(bare(3)).await.unwrap(), [Imported::Unchanged]);
    assert_eq!(store.code(id, None).await.unwrap().unwrap(), b"code");
    assert_eq!(import(bare(4)).await.unwrap(), [Imported::Updated]);
    assert_eq!(store.code(id, None).await.unwrap().unwrap(), b"code");
    // Metadata with another digest describe other code.
    assert_eq!(
        import(copy(&key, 4, None)).await.unwrap(),
        [Imported::Updated]
    );
    assert_eq!(store.code(id, None).await.unwrap(), None);
    assert_eq!(import(full).await.unwrap(), [Imported::Updated]);
    assert_eq!(store.code(id, None).await.unwrap().unwrap(), b"code");
}

pub(crate) async fn a_published_version_is_listed_as_it_was_answered<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let key = key("p1", "f");
    let imported = copy(&key, 3, Some(b"code"));
    store
        .import(vec![imported.clone()], ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    let id = store.function(&key).await.unwrap().unwrap();
    let published = store
        .publish(
            id,
            Publication {
                description: Some("é \"quoted\"\n".into()),
                digest: Some(DigestClaim::Md5(CodeDigests::of(b"code").md5)),
                ..publication(Some("v1"))
            },
        )
        .await
        .unwrap();
    assert_eq!(published.name.as_str(), "v1");
    assert_eq!(published.position, 1);
    let version: Value = serde_json::from_str(&published.json).unwrap();
    assert_eq!(
        version,
        json!({
            "func_urn": "urn:fss:r:p1:function:default:f",
            "func_name": "f",
            "timeout": 3,
            "digest": CodeDigests::of(b"code").sha512_hex(),
            "version": "v1",
            "image_name": "v1-261121120007@a1b2c",
            "version_description": "é \"quoted\"\n",
            "last_modified": "2026-11-21T12:00:07Z",
            "func_code": {},
        })
    );
    let expected = format!(
        r#"{{"versions":[{},{}],"next_marker":2,"count":2}}"#,
        imported.metadata, published.json
    );
    drop(store);
    let harness = harness.reopened().await;
    let store = harness.store();
    let page = store.page(id, PageRange::new(0, 0)).await.unwrap().unwrap();
    assert_eq!(page.json, expected);
    assert_eq!(store.code(id, Some("v1")).await.unwrap().unwrap(), b"code");
    assert_eq!(store.code(id, Some("v2")).await.unwrap(), None);
    assert!(store.has_version(id, "v1").await.unwrap());
    for other in ["v2", "V1", "latest", ""] {
        assert!(!store.has_version(id, other).await.unwrap(), "{other}");
    }
}

pub(crate) async fn a_digest_is_compared_with_the_code<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let with = |digest| Publication {
        digest: Some(digest),
        ..publication(Some("v1"))
    };
    let key = key("p1", "f");
    store
        .import(
            vec![copy(&key, 3, Some(b"code"))],
            ImportMode::CreateOnly,
            origin(),
        )
        .await
        .unwrap();
    let id = store.function(&key).await.unwrap().unwrap();
    let wrong = with(DigestClaim::Sha512(CodeDigests::of(b"other").sha512));
    assert_eq!(refused(store.publish(id, wrong).await), Code::BadRequest);
    let right = with(DigestClaim::Sha512(CodeDigests::of(b"code").sha512));
    store.publish(id, right.clone()).await.unwrap();

    let uncoded = function(&*store, "uncoded").await;
    let outcome = store.publish(uncoded, right).await;
    assert_eq!(refused(outcome), Code::BadRequest);
}

pub(crate) async fn made_names_are_never_made_again<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let id = function(&*store, "f").await;
    let publish_at = async |time: &str| {
        let publication = Publication {
            origin: at(time),
            ..publication(None)
        };
        let published = store.publish(id, publication).await.unwrap();
        published.name.to_string()
    };
    publish(&*store, id, "v20261121-120008").await;
    assert_eq!(publish_at("2026-11-21T12:00:07Z").await, "v20261121-120007");
    // 08 was chosen by a caller, so that it is skipped.
    assert_eq!(publish_at("2026-11-21T12:00:07Z").await, "v20261121-120009");
    assert_eq!(
        publish_at("2026-11-21T12:00:07.9Z").await,
        "v20261121-120010"
    );
    // The clock goes back.
    assert_eq!(publish_at("2026-11-21T11:00:00Z").await, "v20261121-120011");
    // A deleted version's name stays used, also the last one's.
    assert!(delete(&*store, "f", "v20261121-120011").await);
    assert_eq!(publish_at("2026-11-21T12:00:11Z").await, "v20261121-120012");
    assert!(delete(&*store, "f", "v20261121-120012").await);
    publish(&*store, id, "v20261121-120030").await;
    assert!(delete(&*store, "f", "v20261121-120030").await);
    assert_eq!(publish_at("2026-11-21T12:00:30Z").await, "v20261121-120031");
    // Another function has names of its own.
    let other = function(&*store, "g").await;
    let published = store.publish(other, publication(None)).await.unwrap();
    assert_eq!(published.name.as_str(), "v20261121-120007");
}

pub(crate) async fn a_name_is_used_once<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let id = function(&*store, "f").await;
    publish(&*store, id, "v1").await;
    let again = || store.publish(id, publication(Some("v1")));
    assert_eq!(refused(again().await), Code::VersionExists);
    publish(&*store, id, "V1").await;
    publish(&*store, function(&*store, "g").await, "v1").await;
    assert!(delete(&*store, "f", "v1").await);
    assert_eq!(refused(again().await), Code::VersionExists);
    assert_eq!(
        page(&*store, id, 0, 0).await,
        (vec!["latest".into(), "V1".into()], 3, 2)
    );
}

pub(crate) async fn the_limit_counts_what_is_there<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let id = function(&*store, "f").await;
    let limited = |name| Publication {
        rules: Rules {
            max_versions: 3,
            ..Rules::default()
        },
        ..publication(Some(name))
    };
    store.publish(id, limited("v1")).await.unwrap();
    store.publish(id, limited("v2")).await.unwrap();
    assert_eq!(
        refused(store.publish(id, limited("v3")).await),
        Code::Forbidden
    );
    assert_eq!(
        refused(store.publish(id, limited("v2")).await),
        Code::VersionExists
    );
    assert!(delete(&*store, "f", "v1").await);
    store.publish(id, limited("v3")).await.unwrap();
    assert_eq!(
        refused(store.publish(id, limited("v4")).await),
        Code::Forbidden
    );
}

pub(crate) async fn unchanged_functions_are_known<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let key = key("p1", "f");
    let import = |timeout, code: &'static [u8]| {
        store.import(
            vec![copy(&key, timeout, Some(code))],
            ImportMode::Update,
            origin(),
        )
    };
    import(3, b"a").await.unwrap();
    let id = store.function(&key).await.unwrap().unwrap();
    let strict = |name| Publication {
        rules: Rules {
            refuse_unchanged: true,
            ..Rules::default()
        },
        ..publication(Some(name))
    };
    store.publish(id, strict("v1")).await.unwrap();
    assert_eq!(
        refused(store.publish(id, strict("v2")).await),
        Code::Unchanged
    );
    import(4, b"a").await.unwrap();
    store.publish(id, strict("v2")).await.unwrap();
    import(4, b"b").await.unwrap();
    store.publish(id, strict("v3")).await.unwrap();
    assert_eq!(
        refused(store.publish(id, strict("v4")).await),
        Code::Unchanged
    );
    publish(&*store, id, "v4").await;
}

pub(crate) async fn pages_are_offsets_into_the_order_of_publication<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let id = function(&*store, "f").await;
    assert_eq!(page(&*store, id, 0, 0).await, (vec!["latest".into()], 1, 1));
    assert_eq!(page(&*store, id, 1, 10).await, (vec![], 1, 1));
    for name in ["b", "a", "d", "c"] {
        publish(&*store, id, name).await;
    }
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let all = names(&["latest", "b", "a", "d", "c"]);
    assert_eq!(page(&*store, id, 0, 0).await, (all.clone(), 5, 5));
    assert_eq!(page(&*store, id, 0, 1000).await, (all, 5, 5));
    assert_eq!(page(&*store, id, 0, 1).await, (names(&["latest"]), 1, 5));
    assert_eq!(
        page(&*store, id, 0, 2).await,
        (names(&["latest", "b"]), 2, 5)
    );
    assert_eq!(page(&*store, id, 2, 2).await, (names(&["a", "d"]), 4, 5));
    assert_eq!(page(&*store, id, 4, 2).await, (names(&["c"]), 5, 5));
    for past in [
        5,
        6,
        4_294_967_295,
        4_294_967_296,
        999_999_999_999_999_999,
        u64::MAX,
    ] {
        assert_eq!(page(&*store, id, past, 2).await, (vec![], past, 5));
    }
}

pub(crate) async fn a_deleted_version_leaves_its_position_empty<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let id = function(&*store, "f").await;
    for name in ["v1", "v2", "v3", "v4"] {
        publish(&*store, id, name).await;
    }
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(delete(&*store, "f", "v2").await);
    assert!(!delete(&*store, "f", "v2").await);
    assert!(!delete(&*store, "f", "latest").await);
    assert!(!store.has_version(id, "v2").await.unwrap());
    assert_eq!(
        page(&*store, id, 0, 0).await,
        (names(&["latest", "v1", "v3", "v4"]), 5, 4)
    );
    assert_eq!(page(&*store, id, 1, 2).await, (names(&["v1", "v3"]), 4, 4));
    assert_eq!(page(&*store, id, 2, 1).await, (names(&["v3"]), 4, 4));
    // The last one too: the next version does not get its position.
    assert!(delete(&*store, "f", "v4").await);
    assert_eq!(page(&*store, id, 4, 1).await, (vec![], 4, 3));
    assert_eq!(publish(&*store, id, "v5").await.position, 5);
    assert_eq!(page(&*store, id, 4, 1).await, (names(&["v5"]), 6, 4));
}

pub(crate) async fn a_function_that_is_not_there_has_nothing<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let elsewhere = H::fresh().await;
    function(&*elsewhere.store(), "f").await;
    let id = function(&*elsewhere.store(), "g").await;
    assert_eq!(store.page(id, PageRange::new(0, 0)).await.unwrap(), None);
    let outcome = store.publish(id, publication(None)).await;
    assert_eq!(refused(outcome), Code::FunctionNotFound);
    assert!(!store.has_version(id, "v1").await.unwrap());
    assert!(!delete(&*store, "f", "v1").await);
    assert_eq!(store.code(id, None).await.unwrap(), None);
}

pub(crate) async fn parallel_publications_are_all_there_in_order<H: Harness>() {
    const PUBLISHERS: usize = 16;
    const EACH: usize = 20;
    let harness = H::fresh().await;
    let store = harness.store();
    let ids = [function(&*store, "f").await, function(&*store, "g").await];
    let mut tasks = Vec::new();
    for publisher in 0..PUBLISHERS {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for number in 0..EACH {
                let id = ids[(publisher + number) % 2];
                // Every third with a name of its own, the others at one and the same second.
                let name = (number % 3 == 0).then(|| format!("p{publisher}-{number}"));
                let published = store
                    .publish(id, publication(name.as_deref()))
                    .await
                    .unwrap();
                acknowledged.push((id, published));
            }
            acknowledged
        }));
    }
    // Somebody pages meanwhile.
    let reader = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut seen = Vec::new();
            let mut marker = 0;
            while seen.len() < PUBLISHERS * EACH / 2 + 1 {
                let (names, next, count) = page(&*store, ids[0], marker, 7).await;
                assert!(count >= next, "count {count}, next {next}");
                seen.extend(names);
                marker = next;
                tokio::task::yield_now().await;
            }
            seen
        })
    };
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.extend(task.await.unwrap());
    }
    let seen = reader.await.unwrap();
    for id in ids {
        let mut of_this: Vec<_> = acknowledged
            .iter()
            .filter(|(of, _)| *of == id)
            .map(|(_, published)| published)
            .collect();
        of_this.sort_by_key(|published| published.position);
        let positions: Vec<u64> = of_this.iter().map(|published| published.position).collect();
        let expected: Vec<u64> = (1..=u64::try_from(PUBLISHERS * EACH / 2).unwrap()).collect();
        assert_eq!(positions, expected, "a position is lost or repeated");
        let listed = page(&*store, id, 1, 400).await.0;
        let names: Vec<String> = of_this
            .iter()
            .map(|published| published.name.to_string())
            .collect();
        assert_eq!(listed, names);
        if id == ids[0] {
            assert_eq!(seen[0], "latest");
            assert_eq!(seen[1..], names, "paging skipped or repeated");
        }
    }
}

pub(crate) async fn a_closed_store_takes_nothing_more<H: Harness>() {
    let harness = H::fresh().await;
    let store = harness.store();
    let id = function(&*store, "f").await;
    store.ready().await.unwrap();
    let pending = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.publish(id, publication(Some("v1"))).await })
    };
    let first = pending.await.unwrap().unwrap();
    store.close().await;
    let page_after = store.page(id, PageRange::new(0, 0)).await;
    assert!(matches!(page_after, Err(StoreError::Closed)));
    assert!(matches!(store.ready().await, Err(StoreError::Closed)));
    let outcome = store.publish(id, publication(Some("v2"))).await;
    assert!(
        matches!(outcome, Err(PublishError::Store(StoreError::Closed))),
        "{outcome:?}"
    );
    drop(store);
    let harness = harness.reopened().await;
    assert_eq!(first.position, 1);
    let listed = page(&*harness.store(), id, 0, 0).await;
    assert_eq!(listed, (vec!["latest".into(), "v1".into()], 2, 2));
}

/// Everything that a store holds.
pub(crate) async fn contents<S: Administration>(store: &S) -> Vec<Piece> {
    let (sink, mut source) = tokio::sync::mpsc::channel(2);
    let collect = async {
        let mut pieces = Vec::new();
        while let Some(piece) = source.recv().await {
            pieces.push(piece);
        }
        pieces
    };
    let (exported, pieces) = tokio::join!(store.export(sink), collect);
    exported.unwrap();
    assert_eq!(pieces.last(), Some(&Piece::End));
    pieces
}

/// Fills a store.
pub(crate) async fn fill<S: Administration>(
    store: &S,
    pieces: Vec<Piece>,
    origin: Option<Origin>,
) -> Result<Contents, StoreError> {
    let (sink, source) = tokio::sync::mpsc::channel(2);
    let send = async move {
        for piece in pieces {
            if sink.send(piece).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(store.fill(source, origin), send).0
}

/// A store with something of everything.
pub(crate) async fn furnish<S: Administration>(store: &S) {
    let (f, g) = (key("p1", "f"), key("p1", "g"));
    let copies = vec![
        copy(&f, 3, Some(b"old")),
        copy(&g, 3, Some(b"old")),
        copy(&key("p2", "bare"), 3, None),
    ];
    store
        .import(copies, ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    let id = store.function(&f).await.unwrap().unwrap();
    for name in ["v1", "v2", "v3", "v4"] {
        publish(store, id, name).await;
    }
    let code = StoredCode::new(b"new".to_vec());
    store.update_code(&f, code, origin()).await.unwrap();
    store.publish(id, publication(None)).await.unwrap();
    publish(store, id, "v6").await;
    for name in ["v1", "v3", "v6"] {
        assert!(delete(store, "f", name).await);
    }
    for word in ["one", "two"] {
        let token = NewToken {
            expires: Some("2027-01-01T00:00:00Z".parse().unwrap()),
            ..new_token(word, Role::Reader)
        };
        store.add_token(token, origin()).await.unwrap();
        let key = new_key(word, "a-secret-of-some-length");
        store.add_key(key, origin()).await.unwrap();
    }
    let id = CredentialId::new("tk-two");
    store.revoke_token(&id, origin()).await.unwrap();
    store.revoke_key("two", origin()).await.unwrap();
    let until = "2026-11-21T12:15:00Z".parse().unwrap();
    store
        .note_signature([7; 32], until, origin().at)
        .await
        .unwrap();
}

pub(crate) async fn everything_moves_into_an_empty_store<H: Harness>() {
    let source = H::fresh().await;
    furnish(&*source.store()).await;
    let pieces = contents(&*source.store()).await;
    let checked = functiongraph_service::admin::check(&*source.store()).await;
    let checked = checked.unwrap();
    assert_eq!(checked.problems, [""; 0]);
    assert_eq!(
        checked.contents,
        Contents {
            functions: 3,
            versions: 3,
            deleted: 3,
            codes: 2,
            tokens: 2,
            keys: 2,
            signatures: 1,
            records: 19,
        }
    );

    let target = H::fresh().await;
    let store = target.store();
    // What ends early, or does not fit together, leaves nothing.
    let broken_off = pieces[..pieces.len() - 1].to_vec();
    let mut without_code = pieces.clone();
    without_code.retain(|piece| !matches!(piece, Piece::Code(_)));
    let mut with_a_gap = pieces.clone();
    with_a_gap.retain(|piece| !matches!(piece, Piece::Version(version) if version.name == "v4"));
    let mut without_last = pieces.clone();
    without_last.retain(|piece| !matches!(piece, Piece::Deleted { name, .. } if name == "v6"));
    for wrong in [broken_off, without_code, with_a_gap, without_last] {
        let error = fill(&*store, wrong, None).await.unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Incomplete { .. } | StoreError::Internal(_)
            ),
            "{error}"
        );
        assert_eq!(contents(&*store).await, [Piece::End]);
    }

    let filled = fill(&*store, pieces.clone(), None).await.unwrap();
    assert_eq!(filled, checked.contents);
    drop(store);
    let target = target.reopened().await;
    let store = target.store();
    assert_eq!(contents(&*store).await, pieces);
    let again = fill(&*store, pieces.clone(), None).await;
    assert!(
        matches!(again, Err(StoreError::NotEmpty { .. })),
        "{again:?}"
    );
    // It goes on where the other one stood.
    let id = store.function(&key("p1", "f")).await.unwrap().unwrap();
    let next = store.publish(id, publication(None)).await.unwrap();
    assert_eq!((next.name.as_str(), next.position), ("v20261121-120008", 7));
    for used in ["v1", "v2", "v6"] {
        let outcome = store.publish(id, publication(Some(used))).await;
        assert_eq!(refused(outcome), Code::VersionExists);
    }
    let records = store.audit(0, 100, None).await.unwrap();
    assert_eq!(records.len(), 20);
    assert!(records.is_sorted_by(|one, two| one.id < two.id));

    let recorded = H::fresh().await;
    fill(&*recorded.store(), pieces, Some(origin()))
        .await
        .unwrap();
    let records = recorded.store().audit(19, 100, None).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].deed.action, Action::Fill);
}

/// A test of every case, for one kind of store; with a reason, ignored ones.
macro_rules! store_suite {
    ($harness:ty) => {
        $crate::store_suite::store_suite!($harness, []);
    };
    ($harness:ty, ignore = $reason:literal) => {
        $crate::store_suite::store_suite!($harness, [#[ignore = $reason]]);
    };
    ($harness:ty, $attributes:tt) => {
        $crate::store_suite::store_suite!($harness, $attributes:
            tokens_grant_what_they_were_added_for,
            tokens_end,
            keys_grant_until_they_end,
            a_signature_is_new_once,
            functions_are_listed_in_order,
            a_function_shows_its_working_copy,
            code_is_replaced_and_published_versions_keep_theirs,
            a_deletion_says_what_it_met,
            every_change_is_recorded,
            functions_are_found_by_all_of_their_identity,
            an_import_is_idempotent_and_all_or_nothing,
            an_import_touches_no_published_version,
            an_import_without_code_keeps_the_code_it_describes,
            a_published_version_is_listed_as_it_was_answered,
            a_digest_is_compared_with_the_code,
            made_names_are_never_made_again,
            a_name_is_used_once,
            the_limit_counts_what_is_there,
            unchanged_functions_are_known,
            pages_are_offsets_into_the_order_of_publication,
            a_deleted_version_leaves_its_position_empty,
            a_function_that_is_not_there_has_nothing,
            parallel_publications_are_all_there_in_order,
            everything_moves_into_an_empty_store,
            a_closed_store_takes_nothing_more,
        );
    };
    ($harness:ty, $attributes:tt: $($case:ident,)*) => {
        $(
            $crate::store_suite::store_case!($harness, $case, $attributes);
        )*
    };
}
pub(crate) use store_suite;

/// The test of one case.
macro_rules! store_case {
    ($harness:ty, $case:ident, [$(#[$attribute:meta])*]) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[$attribute])*
        async fn $case() {
            $crate::store_suite::$case::<$harness>().await;
        }
    };
}
pub(crate) use store_case;
