//! The client's login at a real Keystone, which `cargo xtask test --only keystone` installs and
//! starts: it runs these tests, and tells them in `FUNCTIONGRAPH_KEYSTONE` where it is.

use std::time::Duration;

use functiongraph_client::Client;
use functiongraph_client::credentials::{CredentialError, PasswordLogin};
use functiongraph_client::types::FunctionVersion;
use functiongraph_service::auth::IamSettings;
use functiongraph_service::config::Settings;
use functiongraph_service::testing::TestService;
use serde_json::Value;

/// Where the Keystone is, and the password of its first account, `admin`.
const VARIABLE: &str = "FUNCTIONGRAPH_KEYSTONE";

/// A list that begins with a working copy.
const LISTED: &str = include_str!("../../../openapi/examples/s2-list-response.json");

/// The Keystone's first account, which is for the project of the same name.
const ADMIN: &str = "admin";

struct Keystone {
    url: String,
    password: String,
}

impl Keystone {
    fn find() -> Self {
        let place = std::env::var(VARIABLE)
            .unwrap_or_else(|_| panic!("{VARIABLE} is not set: cargo xtask test --only keystone"));
        let place: Value = serde_json::from_str(&place).unwrap();
        let text = |name: &str| place[name].as_str().unwrap().to_owned();
        Self {
            url: text("url"),
            password: text("password"),
        }
    }

    fn login(&self) -> PasswordLogin {
        PasswordLogin::new("Default", ADMIN, &self.password).project_name(ADMIN)
    }

    fn client(&self, endpoint: &str, login: PasswordLogin) -> Client {
        Client::builder()
            .endpoint(endpoint)
            .iam_endpoint(&self.url)
            .credentials(login)
            .build()
            .unwrap()
    }

    /// The project that a login is for, as the path of a prepared request has it.
    async fn project(&self) -> String {
        let client = self.client("http://127.0.0.1:1", self.login());
        let prepared = client.function("test").versions().prepare().await.unwrap();
        let mut segments = prepared.url().path_segments().unwrap();
        segments.nth(1).unwrap().to_owned()
    }

    /// A service with a function in that project, which asks about a token each time.
    async fn service(&self) -> TestService {
        let mut settings = Settings::default();
        let mut iam = IamSettings::new(&self.url, ADMIN, &*self.password, ADMIN);
        iam.valid_for = Duration::ZERO;
        settings.auth.iam = Some(iam);
        let service = TestService::builder().settings(settings).start().await;
        let service = service.unwrap();
        let project = self.project().await;
        let mut page: Value = serde_json::from_str(LISTED).unwrap();
        let mut function = page["versions"][0].take();
        function["func_urn"] = format!("urn:fss:cn-north-4:{project}:function:default:test").into();
        service.import(&function.to_string()).await.unwrap();
        service
    }
}

#[tokio::test]
#[ignore = "needs a Keystone: cargo xtask test --only keystone"]
async fn a_user_logs_in_publishes_and_lists() {
    let keystone = Keystone::find();
    let service = keystone.service().await;
    let client = keystone.client(&service.url(), keystone.login());
    let function = client.function("test");
    let version = function.publish().version("v1").send().await.unwrap();
    assert_eq!(version.attempts(), 1);
    let names = async || {
        let all: Vec<FunctionVersion> = function.versions().try_collect().await.unwrap();
        all.into_iter()
            .map(|version| version.version)
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["latest", "v1"]);

    // Another place revokes the token: the client logs in again, and the caller sees nothing of it.
    let token = async || {
        let prepared = function.versions().prepare().await.unwrap();
        prepared.headers()["x-auth-token"].clone()
    };
    let first = token().await;
    let revoked = reqwest::Client::builder().no_proxy().build().unwrap();
    let revoked = revoked
        .delete(format!("{}/v3/auth/tokens", keystone.url))
        .header("X-Auth-Token", &first)
        .header("X-Subject-Token", &first);
    assert_eq!(revoked.send().await.unwrap().status(), 204);
    assert_eq!(names().await, ["latest", "v1"]);
    assert_ne!(token().await, first);

    // The project by its id, which the client was built with.
    let by_id = Client::builder()
        .endpoint(service.url())
        .iam_endpoint(&keystone.url)
        .project_id(keystone.project().await)
        .credentials(PasswordLogin::new("Default", ADMIN, &keystone.password))
        .build()
        .unwrap();
    let again = by_id.function("test").publish().version("v1").send().await;
    assert!(again.unwrap_err().is_version_taken());
}

#[tokio::test]
#[ignore = "needs a Keystone: cargo xtask test --only keystone"]
async fn a_password_that_is_wrong_is_told_as_keystone_tells_it() {
    let keystone = Keystone::find();
    let logins = [
        (
            PasswordLogin::new("Default", ADMIN, "wr0ng").project_name(ADMIN),
            401,
        ),
        (keystone.login().project_name("nowhere"), 401),
    ];
    for (login, status) in logins {
        let client = keystone.client("http://127.0.0.1:1", login);
        let error = client.function("test").publish().send().await.unwrap_err();
        assert!(
            error.is_credentials() && !error.is_unauthorized(),
            "{error}"
        );
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.attempts(), 1);
        let cause = error.credential_error().unwrap();
        assert!(matches!(cause, CredentialError::Refused { .. }), "{cause}");
        assert!(!error.to_string().contains("wr0ng"), "{error}");
    }
}
