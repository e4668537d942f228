//! Which files an import reads, and the code that lies beside them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{Place, at};

/// The greatest size of a file: far more than the greatest code package has in base64, and less than
/// would exhaust the memory.
const MAX_FILE: u64 = 256 << 20;

/// Extensions of a file beside `NAME.json` that has its code.
const CODE: [&str; 3] = ["zip", "jar", "code"];

/// The files that are meant: files themselves, and of folders every `*.json` in them and below,
/// in the order of their paths.
pub(super) fn expand(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<(PathBuf, Place)>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        let found = problems.len();
        gather(path, &mut files, &mut problems);
        if let Some(gathered) = files.get_mut(before..) {
            gathered.sort();
        }
        if files.len() == before && problems.len() == found {
            let place = at("", "there is no *.json file in this folder");
            problems.push((path.clone(), place));
        }
    }
    (files, problems)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>, problems: &mut Vec<(PathBuf, Place)>) {
    let entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(error) => {
            let place = at("", format!("the folder cannot be read: {error}"));
            problems.push((folder.to_owned(), place));
            return;
        }
    };
    for entry in entries {
        let path = entry.path();
        // A link to a folder is not followed: it could lead in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            gather(&path, files, problems);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
}

/// What is in a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Place> {
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut text))
        .map_err(|error| at("", format!("the file cannot be read: {error}")))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > MAX_FILE) {
        return Err(at("", format!("the file is larger than {MAX_FILE} bytes")));
    }
    Ok(text)
}

/// The code that lies beside a file, and the name of its file.
pub(super) fn beside(path: &Path) -> Result<Option<(PathBuf, Vec<u8>)>, Place> {
    let there: Vec<PathBuf> = CODE
        .into_iter()
        .map(|extension| path.with_extension(extension))
        .filter(|code| code != path && code.exists())
        .collect();
    match there.as_slice() {
        [] => Ok(None),
        [code] => {
            let bytes = read(code).map_err(|place| {
                at(
                    "/func_code",
                    format!("{}: {}", code.display(), place.reason),
                )
            })?;
            Ok(Some((code.clone(), bytes)))
        }
        [one, two, ..] => Err(at(
            "/func_code",
            format!(
                "both {} and {} lie beside the file; leave one",
                one.display(),
                two.display()
            ),
        )),
    }
}
