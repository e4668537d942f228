//! Importing working copies from files.

mod files;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use functiongraph_types::{FunctionVersion, Location, UrnError, UrnParts, Validate, Violations};
use serde_json::{Map, Value};

use crate::domain::{DigestClaim, FunctionKey, LATEST, Origin, StoredCode, WorkingCopy};
use crate::store::{Administration, ImportError, ImportMode, Imported, StoreError};

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFile {
    /// The file.
    pub file: PathBuf,
    /// The function in it.
    pub function: FunctionKey,
    /// What became of it.
    pub outcome: Imported,
}

/// Something that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// JSON pointer to the place in it; empty for the file as a whole.
    pub pointer: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.file.display())?;
        if !self.pointer.is_empty() {
            write!(formatter, "{}: ", self.pointer)?;
        }
        formatter.write_str(&self.reason)
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// Files are wrong, or differ from what is in the store: every problem of every file.
    #[error("nothing was imported:\n{}", lines(.0))]
    Problems(Vec<Problem>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("  {problem}"))
        .collect();
    lines.join("\n")
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportProgress {
    /// So many of so many files have been read.
    Reading {
        /// How many have been read.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// All files are right, and are written to the store.
    Writing,
}

/// Imports files, each with one function's working copy in the form of a version in a response, or a
/// page of a list that holds nothing but that: all of them or, with every problem of every file,
/// none. Of a folder, every `*.json` in it and below is meant.
///
/// Code may stand in `func_code.file` as base64, or for `NAME.json` lie beside it in `NAME.zip`,
/// `NAME.jar` or `NAME.code`; `digest` and `code_size` may be left out then. All other fields are
/// kept as they are, also those that no document knows.
///
/// # Errors
/// Problems of the files, functions that are there and differ in [`ImportMode::CreateOnly`], and
/// what the store reports.
pub async fn import<S: Administration>(
    store: &S,
    paths: &[PathBuf],
    mode: ImportMode,
    origin: Origin,
    progress: &(dyn Fn(ImportProgress) + Sync),
) -> Result<Vec<ImportedFile>, ImportFailure> {
    let (files, problems) = files::expand(paths);
    let mut read: Vec<_> = problems
        .into_iter()
        .map(|(path, place)| (path, Err(vec![place])))
        .collect();
    let of = files.len();
    for (done, file) in files.into_iter().enumerate() {
        progress(ImportProgress::Reading { done, of });
        let copy = read_copy(&file);
        read.push((file, copy));
    }
    progress(ImportProgress::Writing);
    import_copies(store, read, mode, origin).await
}

/// As [`import`], of texts that are in memory already, each with a name for messages.
///
/// # Errors
/// As [`import`].
pub async fn import_texts<S: Administration>(
    store: &S,
    texts: &[(PathBuf, Vec<u8>)],
    mode: ImportMode,
    origin: Origin,
) -> Result<Vec<ImportedFile>, ImportFailure> {
    let parsed = texts
        .iter()
        .map(|(name, text)| (name.clone(), parse(text, None)));
    import_copies(store, parsed.collect(), mode, origin).await
}

async fn import_copies<S: Administration>(
    store: &S,
    read: Vec<(PathBuf, Result<WorkingCopy, Vec<Place>>)>,
    mode: ImportMode,
    origin: Origin,
) -> Result<Vec<ImportedFile>, ImportFailure> {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    let mut copies = Vec::new();
    let mut seen: HashMap<FunctionKey, PathBuf> = HashMap::new();
    for (file, copy) in read {
        match copy {
            Ok(copy) => {
                if let Some(first) = seen.insert(copy.key.clone(), file.clone()) {
                    problems.push(Problem {
                        file: file.clone(),
                        pointer: "/func_urn".into(),
                        reason: format!("{} has the same function", first.display()),
                    });
                }
                copies.push(copy);
                files.push(file);
            }
            Err(found) => problems.extend(found.into_iter().map(|place| Problem {
                file: file.clone(),
                pointer: place.pointer,
                reason: place.reason,
            })),
        }
    }
    if !problems.is_empty() {
        return Err(ImportFailure::Problems(problems));
    }
    let keys: Vec<FunctionKey> = copies.iter().map(|copy| copy.key.clone()).collect();
    let texts: Vec<String> = copies.iter().map(|copy| copy.metadata.clone()).collect();
    let outcomes = store
        .import(copies, mode, origin)
        .await
        .map_err(|error| match error {
            ImportError::Store(error) => ImportFailure::Store(error),
            ImportError::Differ(differ) => ImportFailure::Problems(
                differ
                    .into_iter()
                    .filter_map(|(index, stored)| {
                        Some(Problem {
                            file: files.get(index)?.clone(),
                            pointer: String::new(),
                            reason: difference(texts.get(index)?, &stored),
                        })
                    })
                    .collect(),
            ),
        })?;
    Ok(files
        .into_iter()
        .zip(keys)
        .zip(outcomes)
        .map(|((file, function), outcome)| ImportedFile {
            file,
            function,
            outcome,
        })
        .collect())
}

/// Says in which fields a file differs from what is stored.
fn difference(new: &str, stored: &str) -> String {
    let fields = |text| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
    let (new, stored) = (fields(new), fields(stored));
    let mut places: Vec<String> = new
        .iter()
        .filter(|(name, value)| stored.get(*name) != Some(value))
        .map(|(name, _)| name)
        .chain(stored.keys().filter(|name| !new.contains_key(*name)))
        .map(|name| format!("/{}", escape(name)))
        .collect();
    places.sort();
    // Neither of these shows in the metadata alone.
    let places = match (places.is_empty(), new.iter().eq(stored.iter())) {
        (false, _) => places.join(", "),
        (true, true) => "/func_code".to_owned(),
        (true, false) => "the order of its fields".to_owned(),
    };
    format!(
        "the function is in the store already and differs in {places}; import with --update to replace its working copy"
    )
}

/// Something that is wrong with a value.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    pointer: String,
    reason: String,
}

fn at(pointer: &str, reason: impl Into<String>) -> Place {
    Place {
        pointer: pointer.into(),
        reason: reason.into(),
    }
}

/// Reads a file and the code beside it.
fn read_copy(file: &Path) -> Result<WorkingCopy, Vec<Place>> {
    let text = files::read(file).map_err(|place| vec![place])?;
    let beside = files::beside(file).map_err(|place| vec![place])?;
    parse(&text, beside)
}

/// Reads a working copy, with everything that is wrong with it.
fn parse(text: &[u8], beside: Option<(PathBuf, Vec<u8>)>) -> Result<WorkingCopy, Vec<Place>> {
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| vec![at("", format!("the file is not JSON: {error}"))])?;
    let Value::Object(mut fields) = value else {
        return Err(vec![at(
            "",
            "the file has to hold one object, a function's working copy",
        )]);
    };
    if !fields.get("versions").is_some_and(Value::is_array) {
        return working_copy(fields, beside);
    }
    let mut items = match fields.remove("versions") {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    match (items.pop(), items.is_empty()) {
        (Some(Value::Object(fields)), true) => {
            working_copy(fields, beside).map_err(|mut places| {
                for place in &mut places {
                    place.pointer.insert_str(0, "/versions/0");
                }
                places
            })
        }
        _ => Err(vec![at(
            "/versions",
            "the file is a page of a list, and not of a working copy alone; import its first item by itself",
        )]),
    }
}

/// The working copy of a version's fields.
fn working_copy(
    mut fields: Map<String, Value>,
    beside: Option<(PathBuf, Vec<u8>)>,
) -> Result<WorkingCopy, Vec<Place>> {
    let mut places = Vec::new();
    let inline = code(&fields, &mut places);
    let code = match (inline, beside) {
        (None, Some((file, bytes))) if bytes.is_empty() => {
            let reason = format!("{} is empty", file.display());
            places.push(at("/func_code", reason));
            None
        }
        (None, Some((_, bytes))) => Some(StoredCode::new(bytes)),
        (Some(code), Some((file, _))) => {
            let reason = format!(
                "is given, and code lies in {} too; leave one",
                file.display()
            );
            places.push(at("/func_code/file", reason));
            Some(code)
        }
        (inline, None) => inline,
    };
    complete(&mut fields, code.as_ref());
    let value = Value::Object(fields);
    places.extend(violations(&value));
    let Value::Object(fields) = value else {
        return Err(places);
    };
    let key = identity(&fields, &mut places);
    if let Some(version) = text_of(&fields, "version")
        && version != LATEST
    {
        places.push(at(
            "/version",
            "a working copy's version is `latest`; published versions cannot be imported",
        ));
    }
    if let (Some(code), Some(claim)) = (&code, text_of(&fields, "digest"))
        && let Ok(claim) = DigestClaim::parse(claim)
        && !claim.matches(&code.digests)
    {
        places.push(at(
            "/digest",
            format!(
                "is not the {} of the code, which is {}; correct it or leave it out",
                claim.algorithm(),
                code.digests.sha512_hex()
            ),
        ));
    }
    match key {
        Some(key) if places.is_empty() => Ok(WorkingCopy::new(key, fields, code)),
        _ => {
            places.sort_by(|one, two| one.pointer.cmp(&two.pointer));
            Err(places)
        }
    }
}

/// The code in `func_code.file`. Whether the fields have the right types is judged elsewhere.
fn code(fields: &Map<String, Value>, places: &mut Vec<Place>) -> Option<StoredCode> {
    let file = fields.get("func_code")?.get("file")?.as_str()?;
    // Tools that make base64 break its lines.
    let digits: Vec<u8> = file
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    match STANDARD.decode(digits) {
        Ok(code) if code.is_empty() => {
            places.push(at(
                "/func_code/file",
                "is empty: give the code, or leave it out",
            ));
            None
        }
        Ok(code) => Some(StoredCode::new(code)),
        Err(error) => {
            places.push(at("/func_code/file", format!("is not base64: {error}")));
            None
        }
    }
}

/// Fills in what follows from the code.
fn complete(fields: &mut Map<String, Value>, code: Option<&StoredCode>) {
    let Some(code) = code else {
        return;
    };
    let mut fill = |name: &str, value: Value| {
        let field = fields.entry(name).or_insert(Value::Null);
        if field.is_null() {
            *field = value;
        }
    };
    fill("digest", code.digests.sha512_hex().into());
    fill("code_size", code.bytes.len().into());
}

/// What the document says against a version object.
fn violations(value: &Value) -> Vec<Place> {
    let mut violations = Violations::new();
    FunctionVersion::check(value, &mut Location::root(), &mut violations);
    let mut places: Vec<Place> = violations
        .iter()
        .map(|violation| at(&violation.pointer, violation.constraint.to_string()))
        .collect();
    if violations.omitted() > 0 {
        places.push(at("", format!("and {} more", violations.omitted())));
    }
    places
}

/// The function's identity, which `func_urn`, `package` and `func_name` have to agree on.
fn identity(fields: &Map<String, Value>, places: &mut Vec<Place>) -> Option<FunctionKey> {
    let urn = text_of(fields, "func_urn")?;
    let parts = match urn.parse::<UrnParts>() {
        // A short form has no region, which responses show.
        Ok(parts) if parts.region.is_some() => parts,
        Ok(_) => {
            places.push(at("/func_urn", UrnError::Frame.to_string()));
            return None;
        }
        Err(error) => {
            places.push(at("/func_urn", error.to_string()));
            return None;
        }
    };
    if !parts.is_latest() {
        places.push(at(
            "/func_urn",
            "names a published version or an alias; only working copies can be imported",
        ));
    }
    let key = FunctionKey::from(parts.identity(""));
    for (field, named) in [("package", &key.package), ("func_name", &key.name)] {
        if text_of(fields, field).is_some_and(|text| text != named) {
            places.push(at(&format!("/{field}"), "is not the one in /func_urn"));
        }
    }
    Some(key)
}

fn text_of<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}

/// A name as a segment of a JSON pointer (RFC 6901).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
