//! Every requirement in `docs/graphql-conformance.md` names a test that there is, or says why there is none.

use std::path::Path;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
/// How the last cell of a requirement begins that no test shows.
const NONE: &str = "none: ";

/// The requirements, as the cells of their rows.
fn requirements() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(Path::new(DOCS).join("graphql-conformance.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let cells = |row: &str| -> Vec<_> {
        let row = row.trim_matches('|');
        row.split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let is_requirement = |cells: &Vec<String>| {
        let [first, ..] = cells.as_slice() else {
            return false;
        };
        first != "section" && !first.starts_with("---")
    };
    rows.map(cells).filter(is_requirement).collect()
}

/// The tests that a cell names, each with the file that it links to.
fn tests(cell: &str) -> Vec<(&str, &str)> {
    let links = cell.split("[`").skip(1);
    links
        .map(|link| {
            let (name, rest) = link.split_once("`](").unwrap();
            (name, rest.split_once(')').unwrap().0)
        })
        .collect()
}

/// Whether a file has a test of this name.
fn has_test(file: &str, name: &str) -> bool {
    let text = std::fs::read_to_string(Path::new(DOCS).join(file));
    let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
    let beginnings = match file.rsplit_once('.') {
        Some((_, "rs")) => vec![format!("fn {name}(")],
        Some((_, "js")) => vec![format!("it('{name}'"), format!("it(`{name}`")],
        _ => panic!("{file} holds no tests"),
    };
    beginnings.iter().any(|beginning| text.contains(beginning))
}

#[test]
fn every_requirement_names_tests_that_there_are_or_says_why_it_has_none() {
    let requirements = requirements();
    assert!(requirements.len() > 100, "{} are found", requirements.len());
    for requirement in &requirements {
        let [section, level, words, how, shown] = requirement.as_slice() else {
            panic!("five cells are expected: {requirement:?}")
        };
        assert!(!section.is_empty() && !words.is_empty() && !how.is_empty());
        let levels = ["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "—"];
        assert!(levels.contains(&level.as_str()), "{requirement:?}");
        let tests = tests(shown);
        let has_reason = shown.strip_prefix(NONE).is_some_and(|why| !why.is_empty());
        assert_eq!(tests.is_empty(), has_reason, "{requirement:?}");
        for (name, file) in tests {
            assert!(has_test(file, name), "{file} has no test {name}");
        }
    }
}
