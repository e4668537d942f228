//! Publishing: what becomes of the working copy, and when it is refused.
//!
//! A store reads a [`FunctionState`], asks for a [`Draft`], tells it which names are taken, and
//! writes the [`NewVersion`] that comes out, all in one transaction. The rules and their order are
//! here, so that they are the same over every store.

use serde_json::{Map, Value};

use super::audit::Origin;
use super::digest::{CodeDigests, DigestClaim};
use super::error::{Code, Refusal};
use super::function::{Fingerprint, last_modified};
use super::name::{GeneratedName, VersionName};

/// The settings of publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The greatest number of versions that a function has, `latest` included.
    pub max_versions: u64,
    /// Whether a publication is refused when neither metadata nor code changed since the last one.
    pub refuse_unchanged: bool,
}

impl Default for Rules {
    /// 20 versions; unchanged functions may be published again.
    fn default() -> Self {
        Self {
            max_versions: 20,
            refuse_unchanged: false,
        }
    }
}

/// A request to publish, with everything that the outcome depends on beside the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The version's name; made from the time where there is none.
    pub version: Option<VersionName>,
    /// The version's description.
    pub description: Option<String>,
    /// The digest that the code must have.
    pub digest: Option<DigestClaim>,
    /// Who publishes, when, and by which request. The time is the version's, and what a name is
    /// made from.
    pub origin: Origin,
    /// Five characters of `a-z0-9` for the version's `image_name`.
    pub image_tag: String,
    /// The settings.
    pub rules: Rules,
}

/// What a publication needs to know of the function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionState {
    /// Metadata of the working copy.
    pub latest: Map<String, Value>,
    /// Digests of its code; `None` where no code was imported.
    pub code: Option<CodeDigests>,
    /// Fingerprint of the working copy.
    pub fingerprint: Fingerprint,
    /// Fingerprint of what was published last.
    pub published: Option<Fingerprint>,
    /// Number of versions, `latest` included.
    pub versions: u64,
    /// The name that was made last for this function.
    pub last_generated: Option<GeneratedName>,
}

/// A publication that is accepted but for its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    name: VersionName,
    generated: Option<GeneratedName>,
}

/// A version that is ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// Its name.
    pub name: VersionName,
    /// Where the name was made: what to remember as [`FunctionState::last_generated`].
    pub generated: Option<GeneratedName>,
    /// The version as JSON text: the response, and an item of the list from now on.
    pub json: String,
}

impl Publication {
    /// Judges all but the name.
    ///
    /// # Errors
    /// `FSS.0400` for a digest that does not match or cannot be compared, `FSS.1016` where nothing
    /// changed and the rules ask for a change, `FSS.0500` when no name is left to be made.
    pub fn draft(&self, state: &FunctionState) -> Result<Draft, Refusal> {
        if let Some(claim) = &self.digest {
            match &state.code {
                None => {
                    return Err(Refusal::new(
                        Code::BadRequest,
                        format!(
                            "The digest cannot be compared with the {} of the function's code, which was not imported",
                            claim.algorithm()
                        ),
                    ));
                }
                Some(code) if !claim.matches(code) => {
                    return Err(Refusal::new(
                        Code::BadRequest,
                        format!(
                            "The digest does not match the {} of the function's code",
                            claim.algorithm()
                        ),
                    ));
                }
                Some(_) => {}
            }
        }
        if self.rules.refuse_unchanged && state.published == Some(state.fingerprint) {
            return Err(Refusal::new(
                Code::Unchanged,
                "Nothing changed since the last publication",
            ));
        }
        match &self.version {
            Some(name) => Ok(Draft {
                name: name.clone(),
                generated: None,
            }),
            None => GeneratedName::first(self.origin.at, state.last_generated)
                .map(Draft::generated)
                .ok_or_else(no_name_left),
        }
    }
}

impl Draft {
    fn generated(name: GeneratedName) -> Self {
        Self {
            name: name.name(),
            generated: Some(name),
        }
    }

    /// The name that the version gets, unless it is taken.
    pub fn name(&self) -> &VersionName {
        &self.name
    }

    /// Goes on from a name that is taken: to the next second, where the name is made.
    ///
    /// # Errors
    /// `FSS.1062` where the caller chose the name.
    pub fn taken(self) -> Result<Self, Refusal> {
        match self.generated {
            Some(name) => name.next().map(Self::generated).ok_or_else(no_name_left),
            None => Err(Refusal::new(
                Code::VersionExists,
                "The function already has a version of this name",
            )),
        }
    }

    /// The version, once its name is found free.
    ///
    /// # Errors
    /// `FSS.0403` where the function has as many versions as it may.
    pub fn finish(
        self,
        publication: &Publication,
        state: &FunctionState,
    ) -> Result<NewVersion, Refusal> {
        let max = publication.rules.max_versions;
        if state.versions >= max {
            return Err(Refusal::new(
                Code::Forbidden,
                format!(
                    "The function has {} versions, and the limit for a function is {max}, the working copy included",
                    state.versions
                ),
            ));
        }
        let mut fields = state.latest.clone();
        let mut set = |field: &str, value: String| {
            fields.insert(field.to_owned(), Value::String(value));
        };
        if let Some(urn) = state.latest.get("func_urn").and_then(Value::as_str) {
            set("func_urn", without_suffix(urn));
        }
        if let Some(code) = &state.code {
            set("digest", code.sha512_hex());
        }
        set("version", self.name.to_string());
        set(
            "image_name",
            format!(
                "{}-{}@{}",
                self.name,
                publication.origin.at.strftime("%y%m%d%H%M%S"),
                publication.image_tag
            ),
        );
        set("last_modified", last_modified(publication.origin.at));
        // That of the working copy is not this version's.
        fields.shift_remove("version_description");
        if let Some(text) = &publication.description {
            let place = fields.keys().position(|field| field == "last_modified");
            fields.shift_insert(
                place.unwrap_or(fields.len()),
                "version_description".to_owned(),
                Value::String(text.clone()),
            );
        }
        Ok(NewVersion {
            name: self.name,
            generated: self.generated,
            json: Value::Object(fields).to_string(),
        })
    }
}

/// A URN without `:version` or `:!alias`. Published versions show the function's, as both of the
/// vendor's examples do.
fn without_suffix(urn: &str) -> String {
    let parts: Vec<&str> = urn.split(':').take(7).collect();
    parts.join(":")
}

fn no_name_left() -> Refusal {
    Refusal::new(
        Code::Internal,
        "no version name can be made from the clock: it is outside the years 1970 to 9999",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::domain::Actor;

    fn publication() -> Publication {
        Publication {
            version: None,
            description: None,
            digest: None,
            origin: Origin {
                actor: Actor::administrator("test"),
                at: "2026-11-21T12:00:07.25Z".parse().unwrap(),
                request_id: None,
            },
            image_tag: "a1b2c".into(),
            rules: Rules::default(),
        }
    }

    fn state(latest: Value, code: Option<&[u8]>) -> FunctionState {
        let code = code.map(CodeDigests::of);
        FunctionState {
            fingerprint: Fingerprint::of(&latest.to_string(), code.as_ref()),
            latest: latest.as_object().unwrap().clone(),
            code,
            published: None,
            versions: 1,
            last_generated: None,
        }
    }

    fn publish(publication: &Publication, state: &FunctionState) -> Value {
        let draft = publication.draft(state).unwrap();
        let version = draft.finish(publication, state).unwrap();
        serde_json::from_str(&version.json).unwrap()
    }

    #[test]
    fn the_version_is_the_working_copy_with_what_is_its_own() {
        let state = state(
            json!({
                "func_urn": "urn:fss:xxx:7aad:function:default:test:latest",
                "namespace": "elsewhere",
                "digest": "as imported",
                "version": "latest",
                "image_name": "latest-191025153727@zehht",
                "last_modified": "2019-10-25 15:37:27",
                "description": "the function's",
                "version_description": "of latest",
                "nobody_knows": [1, {"x": null}],
            }),
            None,
        );
        let version = publish(
            &Publication {
                version: Some(VersionName::parse("v1").unwrap()),
                description: Some("the version's".into()),
                ..publication()
            },
            &state,
        );
        assert_eq!(
            version,
            json!({
                "func_urn": "urn:fss:xxx:7aad:function:default:test",
                "namespace": "elsewhere",
                "digest": "as imported",
                "version": "v1",
                "image_name": "v1-261121120007@a1b2c",
                "last_modified": "2026-11-21T12:00:07Z",
                "description": "the function's",
                "version_description": "the version's",
                "nobody_knows": [1, {"x": null}],
            })
        );
        let order: Vec<&String> = version.as_object().unwrap().keys().collect();
        assert_eq!(order[..3], ["func_urn", "namespace", "digest"]);
    }

    #[test]
    fn a_description_is_the_versions_alone() {
        let state = state(json!({"version_description": "of latest"}), None);
        assert_eq!(
            publish(&publication(), &state).get("version_description"),
            None
        );
        let empty = Publication {
            description: Some(String::new()),
            ..publication()
        };
        assert_eq!(publish(&empty, &state)["version_description"], "");
    }

    #[test]
    fn the_digest_is_that_of_the_code() {
        let state = state(json!({"digest": "as imported"}), Some(b"code"));
        assert_eq!(
            publish(&publication(), &state)["digest"],
            CodeDigests::of(b"code").sha512_hex()
        );
    }

    #[test]
    fn a_digest_must_match_and_must_be_comparable() {
        let code = CodeDigests::of(b"code");
        let other = CodeDigests::of(b"other");
        let with = |digest| Publication {
            digest: Some(digest),
            ..publication()
        };
        let coded = state(json!({}), Some(b"code"));
        for digest in [DigestClaim::Md5(code.md5), DigestClaim::Sha512(code.sha512)] {
            assert!(with(digest).draft(&coded).is_ok());
        }
        for (digest, word) in [
            (DigestClaim::Md5(other.md5), "MD5"),
            (DigestClaim::Sha512(other.sha512), "SHA-512"),
        ] {
            let refusal = with(digest).draft(&coded).unwrap_err();
            assert_eq!(refusal.code, Code::BadRequest);
            assert!(refusal.message.contains(word), "{refusal}");
            assert!(!refusal.message.contains(&digest.to_string()), "{refusal}");
        }
        let uncoded = state(json!({"digest": code.sha512_hex()}), None);
        let refusal = with(DigestClaim::Sha512(code.sha512))
            .draft(&uncoded)
            .unwrap_err();
        assert_eq!(refusal.code, Code::BadRequest);
        assert!(refusal.message.contains("not imported"), "{refusal}");
    }

    #[test]
    fn unchanged_functions_are_refused_only_where_the_rules_say_so() {
        let mut same = state(json!({"a": 1}), None);
        same.published = Some(same.fingerprint);
        assert!(publication().draft(&same).is_ok());
        let strict = Publication {
            rules: Rules {
                refuse_unchanged: true,
                ..Rules::default()
            },
            ..publication()
        };
        assert_eq!(strict.draft(&same).unwrap_err().code, Code::Unchanged);
        let mut changed = same;
        changed.fingerprint = Fingerprint([0; 32]);
        assert!(strict.draft(&changed).is_ok());
        assert!(strict.draft(&state(json!({}), None)).is_ok());
    }

    #[test]
    fn a_chosen_name_conflicts_and_a_made_one_moves_on() {
        let state = state(json!({}), None);
        let chosen = Publication {
            version: Some(VersionName::parse("v1").unwrap()),
            ..publication()
        };
        let refusal = chosen.draft(&state).unwrap().taken().unwrap_err();
        assert_eq!(refusal.code, Code::VersionExists);

        let draft = publication().draft(&state).unwrap();
        assert_eq!(draft.name().as_str(), "v20261121-120007");
        let draft = draft.taken().unwrap().taken().unwrap();
        assert_eq!(draft.name().as_str(), "v20261121-120009");
        let version = draft.finish(&publication(), &state).unwrap();
        assert_eq!(
            version.generated.map(GeneratedName::name),
            Some(version.name)
        );
    }

    #[test]
    fn the_limit_counts_latest_and_is_named() {
        let mut state = state(json!({}), None);
        state.versions = 19;
        let draft = publication().draft(&state).unwrap();
        assert!(draft.clone().finish(&publication(), &state).is_ok());
        state.versions = 20;
        let refusal = draft.finish(&publication(), &state).unwrap_err();
        assert_eq!(refusal.code, Code::Forbidden);
        assert!(refusal.message.contains("20"), "{refusal}");
    }

    #[test]
    fn a_conflict_is_judged_before_the_limit_and_a_digest_before_both() {
        let mut state = state(json!({}), Some(b"code"));
        state.versions = 20;
        let wrong = Publication {
            version: Some(VersionName::parse("v1").unwrap()),
            digest: Some(DigestClaim::Md5([0; 16])),
            ..publication()
        };
        assert_eq!(wrong.draft(&state).unwrap_err().code, Code::BadRequest);
        let right = Publication {
            digest: None,
            ..wrong
        };
        let draft = right.draft(&state).unwrap();
        assert_eq!(draft.taken().unwrap_err().code, Code::VersionExists);
    }
}
