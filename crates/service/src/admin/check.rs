//! Whether what a store holds fits together.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::domain::{CodeDigests, Fingerprint};
use crate::store::{
    Administration, CodePiece, Contents, FunctionPiece, Piece, StoreError, VersionPiece,
};

/// How many pieces are under way.
const UNDER_WAY: usize = 64;

/// How many problems are told at most.
const MAX_PROBLEMS: usize = 1000;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How much was looked at.
    pub contents: Contents,
    /// What is wrong: nothing where all is well, and no more than the first thousand.
    pub problems: Vec<String>,
}

/// Reads everything that a store holds at this moment, while the service runs, and says what does
/// not fit together: the database's own structures, digests of code, fingerprints, positions, counts
/// and names of versions, and texts that are not JSON.
///
/// # Errors
/// What the store reports: damage that keeps it from being read is an error.
pub async fn check<S: Administration>(store: &S) -> Result<Checked, StoreError> {
    let mut check = Check::default();
    check.checked.problems = store.integrity().await?;
    let (sink, mut source) = mpsc::channel(UNDER_WAY);
    let read = async {
        while let Some(piece) = source.recv().await {
            check.look(&piece);
        }
    };
    let (exported, ()) = tokio::join!(store.export(sink), read);
    exported?;
    Ok(check.checked)
}

#[derive(Default)]
struct Check {
    checked: Checked,
    codes: HashMap<[u8; 64], CodeDigests>,
    function: Option<Open>,
}

/// A function whose versions come.
struct Open {
    name: String,
    versions: u64,
    next_position: u64,
    counted: u64,
    position: u64,
    names: HashSet<String>,
}

impl Check {
    fn problem(&mut self, problem: String) {
        if self.checked.problems.len() < MAX_PROBLEMS {
            self.checked.problems.push(problem);
        }
    }

    fn look(&mut self, piece: &Piece) {
        self.checked.contents.count(piece);
        if !matches!(piece, Piece::Version(_) | Piece::Deleted { .. }) {
            self.end_of_function();
        }
        match piece {
            Piece::Code(code) => self.code(code),
            Piece::Function(function) => self.function(function),
            Piece::Version(version) => self.version(version),
            Piece::Deleted { position, name } => self.position(*position, name),
            Piece::Token { .. }
            | Piece::Key { .. }
            | Piece::Signature { .. }
            | Piece::Audit(_)
            | Piece::End => {}
        }
    }

    fn code(&mut self, code: &CodePiece) {
        let digests = CodeDigests::of(&code.bytes);
        if digests != code.digests {
            self.problem(format!(
                "code with the SHA-512 {} is stored as {}",
                digests.sha512_hex(),
                code.digests.sha512_hex()
            ));
        }
        self.codes.insert(code.digests.sha512, code.digests);
    }

    fn function(&mut self, function: &FunctionPiece) {
        let name = function.key.to_string();
        match serde_json::from_str(&function.metadata) {
            Ok(Value::Object(_)) => {}
            _ => self.problem(format!("{name}: the working copy is no JSON object")),
        }
        let code = self.find_code(&name, function.code);
        if function.fingerprint != Fingerprint::of(&function.metadata, code.as_ref()) {
            self.problem(format!(
                "{name}: the fingerprint is not that of the working copy"
            ));
        }
        self.function = Some(Open {
            name,
            versions: function.versions,
            next_position: function.next_position,
            counted: 1,
            position: 0,
            names: HashSet::new(),
        });
    }

    fn find_code(&mut self, what: &str, sha512: Option<[u8; 64]>) -> Option<CodeDigests> {
        let found = self.codes.get(&sha512?).copied();
        if found.is_none() {
            self.problem(format!("{what}: its code is missing"));
        }
        found
    }

    fn version(&mut self, version: &VersionPiece) {
        self.position(version.position, &version.name);
        let Some(open) = &mut self.function else {
            return;
        };
        open.counted += 1;
        let what = format!("{}:{}", open.name, version.name);
        self.find_code(&what, version.code);
        let named = serde_json::from_str::<Value>(&version.metadata)
            .ok()
            .and_then(|fields| Some(fields.get("version")?.as_str()? == version.name));
        match named {
            Some(true) => {}
            Some(false) => self.problem(format!("{what}: its text is that of another version")),
            None => self.problem(format!("{what}: its text is no version")),
        }
    }

    fn position(&mut self, position: u64, name: &str) {
        let Some(open) = &mut self.function else {
            self.problem(format!("version {name}: its function is missing"));
            return;
        };
        let (expected, what) = (open.position + 1, format!("{}:{name}", open.name));
        open.position = position;
        let is_new = open.names.insert(name.to_owned());
        if position != expected {
            self.problem(format!(
                "{what}: its position is {position} where {expected} is next"
            ));
        }
        if !is_new {
            self.problem(format!("{what}: the name is used twice"));
        }
    }

    fn end_of_function(&mut self) {
        let Some(open) = self.function.take() else {
            return;
        };
        if open.counted != open.versions {
            self.problem(format!(
                "{}: has {} versions and is counted as {}",
                open.name, open.counted, open.versions
            ));
        }
        if open.next_position != open.position + 1 {
            self.problem(format!(
                "{}: the next position is {} where {} is free",
                open.name,
                open.next_position,
                open.position + 1
            ));
        }
    }
}
