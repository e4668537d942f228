//! Generates Rust from an OpenAPI 3.0 document: types, a progenitor client, a typed mock and an
//! axum server.
//!
//! [`generate`] is a pure function from a document to text: it reads and writes no files, holds no
//! time, path or machine, and gives the same bytes for the same document.

mod emit;
pub mod ir;
mod layout;
mod lower;
pub mod manifest;
mod names;
mod output;
pub mod scaffold;

use functiongraph_contract::{Document, Pointer, Report, Rule};

pub use layout::Layout;
pub use output::Output;

/// Generates everything that `layout` asks for.
///
/// # Errors
///
/// A report of what the generator has no Rust for, each with its place in the document. Nothing is
/// generated then.
///
/// ```
/// use functiongraph_codegen::{Layout, generate};
/// use functiongraph_contract::{Document, NoFiles};
///
/// let text = r##"
/// openapi: 3.0.3
/// info: {title: Clock, version: "1"}
/// paths:
///   /time:
///     get:
///       operationId: read_time
///       responses:
///         "200":
///           description: The time.
///           content: {application/json: {schema: {$ref: "#/components/schemas/Time"}}}
/// components:
///   schemas:
///     Time: {type: object, properties: {seconds: {type: integer, format: int64}}}
/// "##;
/// let document = Document::parse("clock.yaml", text, &NoFiles)?;
/// let output = generate(&document, &Layout::workspace("clock"))?;
/// assert!(output.files.contains_key("types/src/generated/time.rs"));
/// # Ok::<(), functiongraph_contract::Report>(())
/// ```
pub fn generate(document: &Document, layout: &Layout) -> Result<Output, Report> {
    functiongraph_contract::lint(document).into_result()?;
    let mut output = generate_linted(document, layout)?;
    manifest::record(document, &mut output, &layout.manifest);
    Ok(output)
}

/// What [`generate`] makes, without looking for faults first and without a record of the files:
/// for whoever has linted the document and has files to add before [`manifest::record`].
///
/// # Errors
///
/// As [`generate`]. A document that was not linted may be refused with a place that is less exact.
pub fn generate_linted(document: &Document, layout: &Layout) -> Result<Output, Report> {
    let api = lower::lower(document).map_err(Report::new)?;
    let mut output = Output::default();
    let (crates, embedded) = rayon::join(
        || emit_crates(document, &api, layout),
        || {
            let path = layout.embedded_document.as_ref()?;
            let text = emit::document::embedded(document.value())
                .map_err(|error| broken(document, "embedded document", &error.to_string()));
            Some(text.map(|text| (path.clone(), text)))
        },
    );
    for (part, files) in crates? {
        let folder = layout.generated(part);
        for (name, text) in files {
            output.files.insert(format!("{folder}{name}"), text);
        }
        output.folders.push(folder);
    }
    if let Some((path, text)) = embedded.transpose()? {
        output.folders.extend(
            path.rsplit_once('/')
                .map(|(folder, _)| format!("{folder}/")),
        );
        output.files.insert(path, text);
    }
    if layout.scaffold {
        output.scaffold = scaffold::files(&api, layout);
    }
    Ok(output)
}

/// The name of a generated crate within its layout, and its files.
type Part = (&'static str, Vec<(String, String)>);

/// The crates' files, in a fixed order. They are made on all cores: parsing and formatting Rust is
/// most of a run's time.
fn emit_crates(document: &Document, api: &ir::Api, layout: &Layout) -> Result<Vec<Part>, Report> {
    let types_crate = layout.crate_name("types");
    let settings = emit::client::ClientSettings {
        types_crate: types_crate.clone(),
        client_crate: layout.crate_name("client"),
        state: layout.client_state.clone(),
        runtime: layout.client_runtime.clone(),
    };
    let one_file = |part, text| (part, vec![("mod.rs".to_owned(), text)]);
    let refused = |reason: emit::client::Refused| refused_by_progenitor(document, &reason.0);

    let types = || {
        emit::types::emit(api)
            .map(|files| ("types", files))
            .map_err(|error| broken(document, "types", &error.to_string()))
    };
    let server = || {
        emit::server::emit(api, &types_crate)
            .map(|files| ("server", files))
            .map_err(|error| broken(document, "server", &error.to_string()))
    };
    let client = || {
        emit::client::client(api, &settings)
            .map(|text| one_file("client", text))
            .map_err(refused)
    };
    let mock = || {
        emit::client::mock(api, &settings)
            .map(|text| one_file("client-mock", text))
            .map_err(refused)
    };
    let (types, (server, (client, mock))) = rayon::join(types, || {
        rayon::join(server, || {
            rayon::join(client, || layout.mock.then(mock).transpose())
        })
    });
    Ok([types?, server?, client?]
        .into_iter()
        .chain(mock?)
        .collect())
}

/// The document that was generated from, out of the text of the file that embeds it
/// ([`Layout::embedded_document`]); `None` where the text is no such file.
pub fn embedded_document(text: &str) -> Option<serde_json::Value> {
    emit::document::read(text)
}

/// A document's JSON as YAML 1.2 text, keys in their order.
///
/// # Errors
///
/// When the YAML library fails to write to memory.
pub fn document_yaml(document: &serde_json::Value) -> Result<String, std::fmt::Error> {
    emit::document::yaml(document)
}

fn refused_by_progenitor(document: &Document, reason: &str) -> Report {
    let at = Pointer::root().join("paths");
    Report::new(vec![document.diagnostic(
        Rule::UnsupportedFeature,
        &at,
        format!("progenitor cannot make a client from this document: {reason}"),
        "leave out what it names, and report the document: the lint should have found the place",
    )])
}

fn broken(document: &Document, part: &str, reason: &str) -> Report {
    Report::new(vec![document.diagnostic(
        Rule::UnsupportedFeature,
        &Pointer::root(),
        format!("the {part} generated from this document are not Rust: {reason}"),
        "report the document: the generator should have refused the place in it",
    )])
}
