//! Where the binaries are that a stack runs, and where it keeps what it writes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// That of `E2E_BIN_DIR`, or the one that was built with the tests.
pub(super) fn emulator_binary() -> Result<PathBuf> {
    if let Some(other) = other_binaries()? {
        return Ok(other.join("emulator"));
    }
    // Tests run from target/<profile>/deps, the benchmark from target/<profile>.
    let own = std::env::current_exe()?;
    let candidates = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join("emulator"));
    let found = candidates.into_iter().find(|candidate| candidate.is_file());
    found.context("the emulator is not built: build the binaries first, as `make test` does")
}

/// `--bin-dir` and the directory that `E2E_BIN_DIR` names, for binaries that were built another way.
pub(super) fn bin_dir() -> Result<Vec<PathBuf>> {
    Ok(match other_binaries()? {
        Some(dir) => vec!["--bin-dir".into(), dir],
        None => Vec::new(),
    })
}

fn other_binaries() -> Result<Option<PathBuf>> {
    let dir = std::env::var_os("E2E_BIN_DIR");
    let dir = dir.map(|dir| std::path::absolute(workspace().join(dir)));
    Ok(dir.transpose()?)
}

pub(super) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Below the build directory: what the shared stack leaves behind goes with `make clean`.
pub(super) fn temporary_dir() -> Result<TempDir> {
    let parent = workspace().join("target/e2e");
    std::fs::create_dir_all(&parent)?;
    Ok(tempfile::tempdir_in(parent)?)
}
