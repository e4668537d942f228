//! Function URNs, taken apart and put together.

use std::fmt;
use std::str::FromStr;

use crate::FunctionUrn;

/// The package of a function that names none.
pub const DEFAULT_PACKAGE: &str = "default";

/// The version name of a function's working copy.
pub const LATEST: &str = "latest";

/// The parts of a [`FunctionUrn`].
///
/// The full form is `urn:fss:{region}:{project_id}:function:{package}:{name}`, which may be followed
/// by `:{version}` or `:!{alias}`. The short forms are `{name}`, `{package}:{name}`,
/// `{project_id}:{package}:{name}` and `{project_id}:{package}:{name}:{version}`. A part that is not
/// in the text is `None`, so that parts written again give the text that they were read from.
///
/// ```
/// use functiongraph_types::{FunctionUrn, Qualifier, UrnParts};
///
/// let urn: FunctionUrn = "urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test:!live".parse()?;
/// let parts = urn.parts()?;
/// assert_eq!(parts.name, "test");
/// assert_eq!(parts.qualifier, Some(Qualifier::Alias("live".to_owned())));
///
/// let parts = UrnParts { package: Some("etl".to_owned()), ..UrnParts::named("test") };
/// assert_eq!(FunctionUrn::try_from(&parts)?.as_str(), "etl:test");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UrnParts {
    /// Region, often masked. Kept for display, never part of a function's identity.
    pub region: Option<String>,
    /// Project that owns the function.
    pub project_id: Option<String>,
    /// Package; where it is missing it is [`DEFAULT_PACKAGE`].
    pub package: Option<String>,
    /// Name of the function.
    pub name: String,
    /// Version or alias.
    pub qualifier: Option<Qualifier>,
}

/// What follows the name in a URN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Qualifier {
    /// A version by its name; [`LATEST`] is the working copy.
    Version(String),
    /// An alias, without its `!`.
    Alias(String),
}

/// What makes a function the function it is: its project, package and name. The region is none of
/// it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionIdentity {
    /// Project that owns the function.
    pub project_id: String,
    /// Package.
    pub package: String,
    /// Name of the function.
    pub name: String,
}

impl fmt::Display for FunctionIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.project_id, self.package, self.name)
    }
}

/// A part of a URN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UrnPart {
    /// The region.
    Region,
    /// The project.
    Project,
    /// The package.
    Package,
    /// The function's name.
    Name,
    /// The version.
    Version,
    /// The alias.
    Alias,
}

impl UrnPart {
    /// Characters that the part may hold beside ASCII letters and digits.
    fn punctuation(self) -> &'static str {
        match self {
            Self::Project => "",
            Self::Region | Self::Package | Self::Name => "_-",
            Self::Version | Self::Alias => "._-",
        }
    }
}

impl fmt::Display for UrnPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Region => "region",
            Self::Project => "project",
            Self::Package => "package",
            Self::Name => "function name",
            Self::Version => "version",
            Self::Alias => "alias",
        })
    }
}

/// Why a text is no function URN, or parts make none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrnError {
    /// The text has a number of parts that no form has.
    #[error(
        "a function URN has 1 to 4 parts in its short forms and 7 or 8 in its full form, not {count}; check the colons"
    )]
    Count {
        /// How many parts there are.
        count: usize,
    },
    /// The text has the length of the full form, but does not say that it is a function's URN.
    #[error(
        "a full function URN reads `urn:fss:{{region}}:{{project}}:function:{{package}}:{{name}}`; start it so, or use a short form"
    )]
    Frame,
    /// A part is empty.
    #[error("the {part} in the function URN is empty; name one, or leave it out with its colon")]
    Empty {
        /// The part.
        part: UrnPart,
    },
    /// A part holds a character that it may not hold.
    #[error("the {part} in the function URN may hold ASCII letters and digits{} only", and(.part.punctuation()))]
    Character {
        /// The part.
        part: UrnPart,
    },
    /// No form has the parts that there are without the one that is missing.
    #[error("a function URN with a {present} needs a {missing} too; name it")]
    Incomplete {
        /// A part that is there.
        present: UrnPart,
        /// The part that is missing.
        missing: UrnPart,
    },
    /// The URN would be longer than a URN may be.
    #[error("a function URN has at most 512 characters; shorten its parts")]
    TooLong,
}

/// The end of a sentence that lists allowed characters.
fn and(punctuation: &str) -> String {
    punctuation
        .chars()
        .map(|character| format!(", `{character}`"))
        .collect()
}

impl UrnParts {
    /// A function by its name alone.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            region: None,
            project_id: None,
            package: None,
            name: name.into(),
            qualifier: None,
        }
    }

    /// The package, or the default one.
    pub fn package_or_default(&self) -> &str {
        self.package.as_deref().unwrap_or(DEFAULT_PACKAGE)
    }

    /// The version, if one is named.
    pub fn version(&self) -> Option<&str> {
        match &self.qualifier {
            Some(Qualifier::Version(version)) => Some(version),
            _ => None,
        }
    }

    /// The alias, if one is named.
    pub fn alias(&self) -> Option<&str> {
        match &self.qualifier {
            Some(Qualifier::Alias(alias)) => Some(alias),
            _ => None,
        }
    }

    /// Whether this names the working copy: by no qualifier at all, or as [`LATEST`].
    pub fn is_latest(&self) -> bool {
        self.qualifier.is_none() || self.version() == Some(LATEST)
    }

    /// The identity of the function. `project_id` counts where the URN names no project: it is the
    /// one in the request's path.
    pub fn identity(&self, project_id: &str) -> FunctionIdentity {
        FunctionIdentity {
            project_id: self.project_id.as_deref().unwrap_or(project_id).to_owned(),
            package: self.package_or_default().to_owned(),
            name: self.name.clone(),
        }
    }

    /// The parts of the full form: what is missing is filled in, what is there stays.
    #[must_use]
    pub fn normalised(&self, region: &str, project_id: &str) -> Self {
        Self {
            region: Some(self.region.as_deref().unwrap_or(region).to_owned()),
            project_id: Some(self.project_id.as_deref().unwrap_or(project_id).to_owned()),
            package: Some(self.package_or_default().to_owned()),
            name: self.name.clone(),
            qualifier: self.qualifier.clone(),
        }
    }

    /// The URN that these parts make: the shortest form that has all of them.
    ///
    /// # Errors
    ///
    /// When a part is empty or holds a character that it may not hold, and when no form has just
    /// these parts: an alias needs a region, a region and a version need a project. A project
    /// without a package gets the default one.
    pub fn to_text(&self) -> Result<String, UrnError> {
        let incomplete = |present, missing| Err(UrnError::Incomplete { present, missing });
        let mut text = String::new();
        match (&self.region, &self.project_id) {
            (Some(_), None) => return incomplete(UrnPart::Region, UrnPart::Project),
            (Some(region), Some(project)) => {
                checked(UrnPart::Region, region)?;
                checked(UrnPart::Project, project)?;
                text.push_str(&format!("urn:fss:{region}:{project}:function:"));
            }
            (None, Some(project)) => {
                checked(UrnPart::Project, project)?;
                text.push_str(&format!("{project}:"));
            }
            (None, None) => {}
        }
        if self.package.is_some() || self.project_id.is_some() {
            let package = self.package_or_default();
            text.push_str(&format!("{}:", checked(UrnPart::Package, package)?));
        }
        text.push_str(checked(UrnPart::Name, &self.name)?);
        match &self.qualifier {
            None => {}
            Some(Qualifier::Version(_)) if self.project_id.is_none() => {
                return incomplete(UrnPart::Version, UrnPart::Project);
            }
            Some(Qualifier::Alias(_)) if self.region.is_none() => {
                return incomplete(UrnPart::Alias, UrnPart::Region);
            }
            Some(Qualifier::Version(version)) => {
                text.push_str(&format!(":{}", checked(UrnPart::Version, version)?));
            }
            Some(Qualifier::Alias(alias)) => {
                text.push_str(&format!(":!{}", checked(UrnPart::Alias, alias)?));
            }
        }
        Ok(text)
    }
}

/// A part that holds what it may hold.
fn checked(part: UrnPart, text: &str) -> Result<&str, UrnError> {
    if text.is_empty() {
        return Err(UrnError::Empty { part });
    }
    let allowed = |character: char| {
        character.is_ascii_alphanumeric() || part.punctuation().contains(character)
    };
    if text.chars().all(allowed) {
        Ok(text)
    } else {
        Err(UrnError::Character { part })
    }
}

fn owned(part: UrnPart, text: &str) -> Result<Option<String>, UrnError> {
    checked(part, text).map(|text| Some(text.to_owned()))
}

fn qualifier(text: &str) -> Result<Qualifier, UrnError> {
    match text.strip_prefix('!') {
        Some(alias) => {
            checked(UrnPart::Alias, alias).map(|alias| Qualifier::Alias(alias.to_owned()))
        }
        None => version(text),
    }
}

fn version(text: &str) -> Result<Qualifier, UrnError> {
    checked(UrnPart::Version, text).map(|version| Qualifier::Version(version.to_owned()))
}

impl FromStr for UrnParts {
    type Err = UrnError;

    fn from_str(text: &str) -> Result<Self, UrnError> {
        let segments: Vec<&str> = text.split(':').collect();
        let short = |project: Option<&str>, package: Option<&str>, name: &str| {
            Ok(Self {
                region: None,
                project_id: project
                    .map(|project| owned(UrnPart::Project, project))
                    .transpose()?
                    .flatten(),
                package: package
                    .map(|package| owned(UrnPart::Package, package))
                    .transpose()?
                    .flatten(),
                name: checked(UrnPart::Name, name)?.to_owned(),
                qualifier: None,
            })
        };
        match segments.as_slice() {
            [name] => short(None, None, name),
            [package, name] => short(None, Some(package), name),
            [project, package, name] => short(Some(project), Some(package), name),
            [project, package, name, text] => Ok(Self {
                qualifier: Some(version(text)?),
                ..short(Some(project), Some(package), name)?
            }),
            [
                urn,
                fss,
                region,
                project,
                function,
                package,
                name,
                rest @ ..,
            ] if rest.len() <= 1 => {
                if (*urn, *fss, *function) != ("urn", "fss", "function") {
                    return Err(UrnError::Frame);
                }
                Ok(Self {
                    region: owned(UrnPart::Region, region)?,
                    qualifier: rest.first().map(|text| qualifier(text)).transpose()?,
                    ..short(Some(project), Some(package), name)?
                })
            }
            other => Err(UrnError::Count { count: other.len() }),
        }
    }
}

impl FunctionUrn {
    /// The parts of the URN.
    ///
    /// # Errors
    ///
    /// Only for a URN that was made unchecked: when it has none of the forms.
    pub fn parts(&self) -> Result<UrnParts, UrnError> {
        self.as_str().parse()
    }
}

impl TryFrom<&UrnParts> for FunctionUrn {
    type Error = UrnError;

    fn try_from(parts: &UrnParts) -> Result<Self, UrnError> {
        // What `to_text` writes has a form; only its length is left to check.
        Self::try_from(parts.to_text()?).map_err(|_| UrnError::TooLong)
    }
}

impl TryFrom<UrnParts> for FunctionUrn {
    type Error = UrnError;

    fn try_from(parts: UrnParts) -> Result<Self, UrnError> {
        Self::try_from(&parts)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";

    fn parts(text: &str) -> UrnParts {
        text.parse().unwrap()
    }

    #[test]
    fn the_full_form() {
        let full = parts(&format!(
            "urn:fss:xxxxxxxxxx:{PROJECT}:function:default:test:latest"
        ));
        assert_eq!(full.region.as_deref(), Some("xxxxxxxxxx"));
        assert_eq!(full.project_id.as_deref(), Some(PROJECT));
        assert_eq!(full.package.as_deref(), Some("default"));
        assert_eq!(full.name, "test");
        assert_eq!(full.version(), Some("latest"));
        assert!(full.is_latest());
        let bare = parts(&format!(
            "urn:fss:xxxxxxxxx:{PROJECT}:function:default:test"
        ));
        assert_eq!(bare.qualifier, None);
        assert!(bare.is_latest());
        assert_eq!(bare.identity("other"), full.identity("other"));
        let alias = parts(&format!("urn:fss:r:{PROJECT}:function:default:test:!live"));
        assert_eq!(alias.alias(), Some("live"));
        assert!(!alias.is_latest());
    }

    #[test]
    fn short_forms_take_what_is_missing_from_the_request() {
        for text in [
            "test",
            "default:test",
            &format!("{PROJECT}:default:test"),
            &format!("{PROJECT}:default:test:v1"),
        ] {
            let parts = parts(text);
            assert_eq!(
                parts.identity(PROJECT).to_string(),
                format!("{PROJECT}:default:test"),
                "{text}"
            );
            let full = parts.normalised("cn-north-4", PROJECT).to_text().unwrap();
            assert!(
                full.starts_with(&format!(
                    "urn:fss:cn-north-4:{PROJECT}:function:default:test"
                )),
                "{full}"
            );
            assert_eq!(parts.to_text().unwrap(), text);
        }
    }

    #[test]
    fn errors_say_which_part() {
        let error = |text: &str| text.parse::<UrnParts>().unwrap_err();
        assert_eq!(
            error(""),
            UrnError::Empty {
                part: UrnPart::Name
            }
        );
        assert_eq!(
            error("a:b c"),
            UrnError::Character {
                part: UrnPart::Name
            }
        );
        assert_eq!(
            error("p-1:default:test"),
            UrnError::Character {
                part: UrnPart::Project
            }
        );
        assert_eq!(error("a:b:c:d:e"), UrnError::Count { count: 5 });
        assert_eq!(error("urn:fss:r:p:funktion:d:t"), UrnError::Frame);
        assert_eq!(
            error("urn:fss:r:p:function:d:t:"),
            UrnError::Empty {
                part: UrnPart::Version
            }
        );
        assert_eq!(
            error("urn:fss:r:p:function:d:t:!"),
            UrnError::Empty {
                part: UrnPart::Alias
            }
        );
        assert_eq!(
            error("a:b c").to_string(),
            "the function name in the function URN may hold ASCII letters and digits, `_`, `-` only"
        );
    }

    #[test]
    fn parts_that_make_no_urn() {
        let alias = UrnParts {
            qualifier: Some(Qualifier::Alias("live".to_owned())),
            ..parts("p:default:test")
        };
        assert_eq!(
            FunctionUrn::try_from(alias),
            Err(UrnError::Incomplete {
                present: UrnPart::Alias,
                missing: UrnPart::Region
            })
        );
        let version = UrnParts {
            qualifier: Some(Qualifier::Version("v1".to_owned())),
            ..parts("test")
        };
        assert_eq!(
            FunctionUrn::try_from(version),
            Err(UrnError::Incomplete {
                present: UrnPart::Version,
                missing: UrnPart::Project
            })
        );
        let long = UrnParts::named("a".repeat(513));
        assert_eq!(FunctionUrn::try_from(long), Err(UrnError::TooLong));
    }

    fn written() -> impl Strategy<Value = String> {
        let word = "[A-Za-z0-9_-]{1,8}";
        let project = "[A-Za-z0-9]{1,8}";
        let version = "[A-Za-z0-9._-]{1,8}";
        prop_oneof![
            word,
            (word, word).prop_map(|(package, name)| format!("{package}:{name}")),
            (project, word, word)
                .prop_map(|(project, package, name)| format!("{project}:{package}:{name}")),
            (project, word, word, version).prop_map(|(a, b, c, d)| format!("{a}:{b}:{c}:{d}")),
            (
                word,
                project,
                word,
                word,
                prop::option::of((any::<bool>(), version))
            )
                .prop_map(|(r, p, d, n, q)| {
                    let q = q
                        .map(|(alias, q)| format!(":{}{q}", if alias { "!" } else { "" }))
                        .unwrap_or_default();
                    format!("urn:fss:{r}:{p}:function:{d}:{n}{q}")
                }),
        ]
    }

    proptest! {
        #[test]
        fn parts_written_again_give_the_text(text in written()) {
            let urn = FunctionUrn::try_from(text.as_str()).unwrap();
            let again = FunctionUrn::try_from(urn.parts().unwrap()).unwrap();
            prop_assert_eq!(again.as_str(), text.as_str());
        }

        #[test]
        fn what_is_a_urn_has_parts_and_the_other_way_round(text in "(urn:fss:|[a!.:_-]){0,3}[a-c:!.é ]{0,12}(:function:a:b)?") {
            let is_urn = FunctionUrn::try_from(text.as_str()).is_ok();
            prop_assert_eq!(is_urn, text.parse::<UrnParts>().is_ok(), "{}", text);
        }
    }
}
