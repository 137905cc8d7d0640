use super::*;

fn secrets(dir: &Path) -> Secrets {
    let declared = [
        Secret {
            id: "Plain".into(),
            length: 40,
            template: None,
        },
        Secret {
            id: "Keys".into(),
            length: 64,
            template: Some((r#"{"active":"k1"}"#.into(), "k1".into())),
        },
    ];
    Secrets::open(&declared, dir).unwrap()
}

fn value(secrets: &Secrets, id: &str) -> Result<String, &'static str> {
    let body = Bytes::from(json!({ "SecretId": id }).to_string());
    let answer = secrets.get(&body).map_err(|(kind, _)| kind)?;
    Ok(answer["SecretString"].as_str().unwrap().to_owned())
}

#[test]
fn values_are_generated_once_and_found_by_name_and_arn() {
    let dir = tempfile::tempdir().unwrap();
    let first = value(&secrets(dir.path()), "Plain").unwrap();
    assert_eq!(first.len(), 40);
    let again = value(&secrets(dir.path()), &secret_arn("Plain")).unwrap();
    assert_eq!(first, again);
}

#[test]
fn a_template_takes_the_password_under_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let keys: Value = serde_json::from_str(&value(&secrets(dir.path()), "Keys").unwrap()).unwrap();
    assert_eq!(keys["active"], "k1");
    assert_eq!(keys["k1"].as_str().unwrap().len(), 64);
}

#[test]
fn an_edited_file_counts_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = secrets(dir.path());
    std::fs::write(dir.path().join("secrets/Plain"), "rolled").unwrap();
    assert_eq!(value(&secrets, "Plain").unwrap(), "rolled");
}

#[test]
fn an_unknown_secret_is_not_found() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        value(&secrets(dir.path()), "Nothing"),
        Err("ResourceNotFoundException")
    );
}

#[test]
fn only_the_owner_can_read_a_secret() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    secrets(dir.path());
    let mode = std::fs::metadata(dir.path().join("secrets/Plain"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
