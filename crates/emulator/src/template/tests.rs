use super::*;

fn options() -> Options {
    Options {
        concurrency: 10,
        ..Options::default()
    }
}

#[test]
fn product_template_loads() {
    let text = include_str!("../../../../template.yaml");
    let model = load("template.yaml", text, &options()).unwrap_or_else(|e| panic!("{e}"));
    assert!(model.functions.len() >= 10);
    eprintln!("{model:#?}");
}
