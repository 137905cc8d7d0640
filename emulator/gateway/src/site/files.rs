//! Which files of a directory are for the public.

use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

/// What a precompressed file has beside its name.
const COMPRESSED: [&str; 2] = [".br", ".gz"];

/// Whether the path of a request names a file of the directory that is served: one whose path holds no name with a dot at its
/// beginning, and that is no link out of the directory, nor has a compressed form that is.
pub(super) async fn is_served(dir: &Path, path: &str) -> bool {
    let (Some(inside), Ok(dir)) = (relative(path), tokio::fs::canonicalize(dir).await) else {
        return false;
    };
    let name = dir.join(inside).into_os_string();
    let variants = COMPRESSED.map(|suffix| {
        let mut variant = name.clone();
        variant.push(suffix);
        variant
    });
    for variant in variants {
        let target = tokio::fs::canonicalize(variant).await;
        if target.is_ok_and(|target| !target.starts_with(&dir)) {
            return false;
        }
    }
    let Ok(target) = tokio::fs::canonicalize(name).await else {
        return false;
    };
    let metadata = tokio::fs::metadata(&target).await;
    target.starts_with(&dir) && metadata.is_ok_and(|metadata| metadata.is_file())
}

/// The path below the directory, unless it leads out of it or to what is hidden.
fn relative(path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let inside = Path::new(decoded.trim_start_matches('/'));
    let is_plain = |component| match component {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };
    inside.components().all(is_plain).then(|| inside.to_owned())
}
