//! A function, and what can be done with its versions.

use functiongraph_types::{
    CodeDigest, CreateFunctionVersionRequest, FunctionUrn, FunctionVersion, ProjectId, UrnError,
    UrnParts, VersionDescription, VersionName, Violations,
};

use crate::Client;
use crate::error::{Error, ErrorKind};
use crate::prepared::{Catch, Prepared};
use crate::response::Response;
use crate::session::PUBLISH;
use crate::time::Instant;
use crate::versions::Versions;

/// What names a function: its URN in any of its forms, as text, as [`FunctionUrn`] or in parts.
pub trait IntoFunctionUrn: sealed::Sealed {
    /// The URN.
    ///
    /// # Errors
    ///
    /// What is wrong with it. A [`FunctionUrn`] is taken as it is, also one that was made unchecked.
    fn into_function_urn(self) -> Result<FunctionUrn, UrnError>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! into_function_urn {
    ($($type:ty => |$value:ident| $urn:expr;)*) => {
        $(
            impl sealed::Sealed for $type {}
            impl IntoFunctionUrn for $type {
                fn into_function_urn(self) -> Result<FunctionUrn, UrnError> {
                    let $value = self;
                    $urn
                }
            }
        )*
    };
}

into_function_urn! {
    &str => |text| checked(text);
    String => |text| checked(&text);
    &String => |text| checked(text);
    FunctionUrn => |urn| Ok(urn);
    &FunctionUrn => |urn| Ok(urn.clone());
    UrnParts => |parts| FunctionUrn::try_from(parts);
    &UrnParts => |parts| FunctionUrn::try_from(parts);
}

/// The URN in a text, with the reason where it is none.
fn checked(text: &str) -> Result<FunctionUrn, UrnError> {
    text.parse::<UrnParts>()?;
    FunctionUrn::try_from(text).map_err(|_| UrnError::TooLong)
}

impl Client {
    /// A function of this client. Nothing is sent, and what is wrong with the URN is told by the
    /// first call.
    ///
    /// The project of the calls is the one given to the client's builder; else the one that the URN
    /// names; else that of the credentials. A URN that names another than the builder is an error:
    /// [`Function::project_id`] says which counts.
    ///
    /// ```no_run
    /// # async fn example(client: functiongraph_client::Client) -> Result<(), functiongraph_client::Error> {
    /// let function = client.function("urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test");
    /// let version = function.publish().version("v1").description("first release").send().await?;
    /// println!("{} {}", version.version, version.digest);
    /// # Ok(())
    /// # }
    /// ```
    pub fn function(&self, urn: impl IntoFunctionUrn) -> Function {
        Function {
            client: self.clone(),
            urn: urn.into_function_urn(),
            project: None,
        }
    }
}

/// A function of a client. Cheap to clone.
#[derive(Clone, Debug)]
#[must_use]
pub struct Function {
    client: Client,
    urn: Result<FunctionUrn, UrnError>,
    project: Option<Result<ProjectId, Violations>>,
}

/// What the calls of a function have in common.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) project: ProjectId,
    pub(crate) urn: FunctionUrn,
}

impl Function {
    /// Another project than the client's, for this function.
    pub fn project_id(mut self, project_id: impl AsRef<str>) -> Self {
        self.project = Some(ProjectId::try_from(project_id.as_ref()));
        self
    }

    /// Publishes the working copy as a new version.
    pub fn publish(&self) -> Publish {
        Publish {
            function: self.clone(),
            request: CreateFunctionVersionRequest::default(),
            wrong: None,
        }
    }

    /// All versions, the working copy first, page by page as they are asked for.
    pub fn versions(&self) -> Versions {
        Versions::new(self.clone())
    }

    /// The same function of a client whose requests are caught.
    pub(crate) fn caught_by(mut self, catch: &Catch) -> Self {
        self.client.inner = self.client.inner.caught_by(catch);
        self
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The same function for one call, which begins now: what comes before its request counts.
    pub(crate) fn since(mut self, began: Instant) -> Self {
        self.client.inner = self.client.inner.since(began);
        self
    }

    pub(crate) async fn target(
        &self,
        operation: &'static str,
        began: Instant,
    ) -> Result<Target, Error> {
        let urn = self
            .urn
            .clone()
            .map_err(|error| Error::caused(ErrorKind::Request, error).with_operation(operation))?;
        let project = self.project(&urn, operation, began).await;
        Ok(Target {
            project: project.map_err(|error| error.with_operation(operation))?,
            urn,
        })
    }

    async fn project(
        &self,
        urn: &FunctionUrn,
        operation: &'static str,
        began: Instant,
    ) -> Result<ProjectId, Error> {
        let wrong = |violations: Violations| {
            Error::new(ErrorKind::Request, format!("the project id: {violations}"))
        };
        if let Some(project) = &self.project {
            return project.clone().map_err(wrong);
        }
        let named = urn.parts().ok().and_then(|parts| parts.project_id);
        match (self.client.inner.own_project(), named) {
            (Some(own), Some(named)) if own.as_str() != named => Err(Error::new(
                ErrorKind::Request,
                format!(
                    "the URN names the project {named}, the client the project {own}: leave one of them out"
                ),
            )),
            (Some(own), _) => Ok(own.clone()),
            (None, Some(named)) => ProjectId::try_from(named).map_err(wrong),
            (None, None) => self.client.inner.project(operation, began).await,
        }
    }
}

/// A publication that is being put together.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before send()"]
pub struct Publish {
    function: Function,
    request: CreateFunctionVersionRequest,
    /// The first argument that cannot be sent.
    wrong: Option<String>,
}

impl Publish {
    /// The name of the new version: at most 42 letters, digits, `-`, `_` and `.`, of which the
    /// first and the last are a letter or a digit. Without it the service chooses one from the
    /// time.
    ///
    /// A publication that names its version can be retried safely: see
    /// [`RetryPolicy`](crate::RetryPolicy).
    pub fn version<V>(mut self, name: V) -> Self
    where
        V: TryInto<VersionName>,
        V::Error: std::fmt::Display,
    {
        self.request.version = self.kept("the version's name", name.try_into());
        self
    }

    /// What the new version is, at most 512 characters.
    pub fn description<V>(mut self, description: V) -> Self
    where
        V: TryInto<VersionDescription>,
        V::Error: std::fmt::Display,
    {
        self.request.description = self.kept("the description", description.try_into());
        self
    }

    /// The digest that the working copy's code has to have, MD5 or SHA-512 in hexadecimal: the
    /// service refuses to publish anything else.
    pub fn digest<V>(mut self, digest: V) -> Self
    where
        V: TryInto<CodeDigest>,
        V::Error: std::fmt::Display,
    {
        self.request.digest = self.kept("the digest", digest.try_into());
        self
    }

    /// The whole request at once, in place of what was set before.
    pub fn request(mut self, request: CreateFunctionVersionRequest) -> Self {
        self.request = request;
        self.wrong = None;
        self
    }

    fn kept<T, E: std::fmt::Display>(&mut self, what: &str, value: Result<T, E>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong.get_or_insert_with(|| format!("{what}: {error}"));
                None
            }
        }
    }

    /// The request that [`Publish::send`] would send, with its credentials. Nothing is sent but
    /// what finding credentials and the project takes.
    ///
    /// # Errors
    ///
    /// An argument that cannot be sent; no credentials.
    pub async fn prepare(mut self) -> Result<Prepared, Error> {
        let catch = Catch::default();
        self.function = self.function.caught_by(&catch);
        catch.take(self.send().await)
    }

    /// Publishes, and returns the new version.
    ///
    /// # Errors
    ///
    /// An argument that cannot be sent; what the service answers, such as
    /// [`is_version_taken`](Error::is_version_taken) and [`is_not_found`](Error::is_not_found);
    /// what keeps the answer from coming.
    pub async fn send(self) -> Result<Response<FunctionVersion>, Error> {
        if let Some(wrong) = self.wrong {
            return Err(Error::new(ErrorKind::Request, wrong).with_operation(PUBLISH));
        }
        let began = Instant::now();
        let function = self.function.since(began);
        let Target { project, urn } = function.target(PUBLISH, began).await?;
        function
            .client
            .create_function_version()
            .project_id(project)
            .function_urn(urn)
            .body(self.request)
            .send()
            .await
    }
}
