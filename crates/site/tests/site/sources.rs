//! The record of sources is complete, and says what the document's own descriptions say.

use functiongraph_contract::model::{Schema, SchemaKind};
use functiongraph_site::Listed;

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
        let Listed { s1, s2, sdk } = project.sources.get(section, field).unwrap();
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
