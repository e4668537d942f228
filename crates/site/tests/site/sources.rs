//! The record of sources is complete, and says what the document's own descriptions say.

use functiongraph_contract::model::{Schema, SchemaKind};
use functiongraph_site::{Edition, Language, Listed};

use crate::project::Project;

#[test]
fn every_field_and_parameter_is_recorded_and_nothing_else() {
    let project = Project::load();
    let mut fields = Vec::new();
    for operation in &project.document.operations {
        for parameter in &operation.parameters {
            fields.push(("Parameters".to_owned(), parameter.name.clone()));
        }
        for response in &operation.responses {
            for header in response.headers.keys() {
                fields.push(("Response headers".to_owned(), header.clone()));
            }
        }
    }
    for (name, schema) in &project.document.schemas {
        if let SchemaKind::Object(object) = &schema.kind {
            for field in object.properties.keys() {
                fields.push((name.clone(), field.clone()));
            }
        }
    }
    for (section, field) in &fields {
        assert!(
            project.sources.get(section, field).is_some(),
            "openapi/README.md has no row for {section}.{field}"
        );
    }
    // Headers of requests stand with the parameters, and are none.
    let headers = ["X-Auth-Token", "Content-Type", "Authorization"];
    for (section, field, _) in project.sources.iter() {
        let known = fields.iter().any(|(s, f)| s == section && f == field);
        assert!(known || headers.contains(&field), "{section}.{field}");
    }
}

#[test]
fn descriptions_name_the_recorded_sources() {
    let project = Project::load();
    let check = |section: &str, field: &str, schema: &Schema, own: Option<&str>| {
        // What a reference leads to serves several fields and names the sources of all of them.
        if matches!(schema.kind, SchemaKind::Ref(_)) && own.is_none() {
            return;
        }
        let text = own.or(schema.description.as_deref()).unwrap();
        let (_, sentence) = text
            .rsplit_once("Source: ")
            .unwrap_or_else(|| panic!("{section}.{field} names no source"));
        let Listed { s1, s2, sdk, .. } = project.sources.get(section, field).unwrap();
        assert_eq!(sentence.contains("S1"), s1, "{section}.{field}: {sentence}");
        // "S2, as a string": S2 lists the field, if not its own fields.
        assert_eq!(sentence.contains("S2"), s2, "{section}.{field}: {sentence}");
        if !s1 && !s2 {
            assert!(
                sdk && sentence.contains("sdk"),
                "{section}.{field}: {sentence}"
            );
        }
    };
    for operation in &project.document.operations {
        for parameter in &operation.parameters {
            let own = parameter.description.as_deref();
            check("Parameters", &parameter.name, &parameter.schema, own);
        }
    }
    for (name, schema) in &project.document.schemas {
        if let SchemaKind::Object(object) = &schema.kind {
            for (field, property) in &object.properties {
                check(name, field, &property.schema, None);
            }
        }
    }
}

/// The row of a field on the page of schemas.
fn row<'t>(page: &'t str, id: &str) -> &'t str {
    let (_, rest) = page.split_once(&format!("<tr id=\"{id}\">")).unwrap();
    rest.split("</tr>").next().unwrap()
}

/// What a field says of operations is what can be reached from their answers; what it says of
/// sources is the record.
#[test]
fn fields_name_their_operations_and_sources() {
    let project = Project::load();
    let pages = project.pages(Edition::Embedded);
    let operations = ["create_function_version", "list_function_versions"];
    for language in Language::ALL {
        let page = &pages[&format!("{}/schemas.html", language.tag())];
        let mut gaps = 0;
        for (section, field, listed) in project.sources.iter() {
            if !project.document.schemas.contains_key(section) {
                continue;
            }
            let row = row(page, &format!("{section}.{field}"));
            for (name, shown) in [("S1", listed.s1), ("S2", listed.s2), ("SDK", listed.sdk)] {
                let badge = format!("<span class=\"badge\">{name}</span>");
                assert_eq!(row.contains(&badge), shown, "{section}.{field}: {name}");
            }
            gaps += usize::from(listed.s2_missing);
            let expected: &[&str] = match section {
                "CreateFunctionVersionRequest" => &operations[..1],
                "FunctionVersionPage" => &operations[1..],
                // Everything else is in a version, or in the body of every error.
                _ => &operations,
            };
            for id in operations {
                let named = row.contains(&format!("title=\"{id}\""));
                assert_eq!(named, expected.contains(&id), "{section}.{field}: {id}");
            }
        }
        let said = match language {
            Language::English => "the table of these fields is missing on S2",
            Language::Chinese => "S2 缺少这些字段的表格",
        };
        assert!(gaps > 20, "{gaps}");
        assert_eq!(page.matches(said).count(), gaps);
    }
}
