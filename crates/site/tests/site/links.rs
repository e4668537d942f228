//! Every link of every page leads somewhere: to a file of the site, and to a place in it.

use std::collections::{BTreeMap, BTreeSet};

use functiongraph_site::{Edition, Language};

use crate::project::Project;

/// The values of an attribute in a page. Templates write attributes in double quotes only.
fn values<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
    let mark = format!(" {attribute}=\"");
    let parts = text.split(mark.as_str()).skip(1);
    parts.map(|rest| rest.split('"').next().unwrap()).collect()
}

/// The path that a link leads to, from the folder of its page.
fn resolve(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => {
                parts
                    .pop()
                    .unwrap_or_else(|| panic!("{page}: {link} leaves the site"));
            }
            "." => {}
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn check(pages: &BTreeMap<String, String>, besides: &[&str]) {
    let ids: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|(path, text)| (path.as_str(), values(text, "id").into_iter().collect()))
        .collect();
    let mut checked = 0;
    for (page, text) in pages.iter().filter(|(path, _)| path.ends_with(".html")) {
        let ids_here = values(text, "id");
        let distinct: BTreeSet<_> = ids_here.iter().collect();
        assert_eq!(ids_here.len(), distinct.len(), "{page} has an id twice");
        for attribute in ["href", "src"] {
            for link in values(text, attribute) {
                if link.starts_with("https://") {
                    assert_eq!(attribute, "href", "{page} loads {link}");
                    continue;
                }
                assert!(
                    !link.contains("://") && !link.starts_with('/'),
                    "{page}: {link}"
                );
                let (path, place) = match link.split_once('#') {
                    Some((path, place)) => (path, Some(place)),
                    None => (link, None),
                };
                let target = match path {
                    "" => page.clone(),
                    path => resolve(page, path),
                };
                if besides.iter().any(|known| target.starts_with(known)) {
                    continue;
                }
                let known = ids.get(target.as_str());
                let known = known.unwrap_or_else(|| panic!("{page}: {link} leads nowhere"));
                if let Some(place) = place {
                    assert!(known.contains(place), "{page}: {link}: no such place");
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 500, "{checked}");
}

#[test]
fn links_of_the_site_lead_somewhere() {
    let project = Project::load();
    let made_by_the_command = ["functiongraph.yaml", "functiongraph.zh-CN.yaml"];
    check(
        &project.pages(Edition::Site { rustdoc: false }),
        &made_by_the_command,
    );
    let rustdoc = project.pages(Edition::Site { rustdoc: true });
    check(&rustdoc, &[&made_by_the_command[..], &["rust/"]].concat());
}

#[test]
fn links_of_the_embedded_pages_lead_somewhere() {
    let project = Project::load();
    let served = ["functiongraph.yaml", "functiongraph.json"];
    check(&project.pages(Edition::Embedded), &served);
}

/// A link into a page of one language is a link into the other, too.
#[test]
fn both_languages_have_the_same_places() {
    let project = Project::load();
    for edition in [Edition::Site { rustdoc: true }, Edition::Embedded] {
        let pages = project.pages(edition);
        let of = |language: Language| -> BTreeMap<String, Vec<String>> {
            let folder = format!("{}/", language.tag());
            let pages = pages.iter().filter_map(|(path, text)| {
                let path = path.strip_prefix(&folder)?;
                let ids = values(text, "id").into_iter().map(str::to_owned);
                Some((path.to_owned(), ids.collect()))
            });
            pages.collect()
        };
        assert_eq!(of(Language::English), of(Language::Chinese));
    }
}
