//! The data directory belongs to one emulator at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result, bail};

#[cfg(test)]
mod tests;

/// Creates the directory and locks it for as long as the file is open, even if the emulator is killed.
pub(super) fn lock(dir: &Path) -> Result<File> {
    let name = dir.display();
    std::fs::create_dir_all(dir)
        .with_context(|| format!("data directory {name} can't be created"))?;
    let file = File::create(dir.join("lock"))
        .with_context(|| format!("data directory {name} can't be written to"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "data directory {name} is in use by another emulator: stop it, or name another with --data-dir"
            )
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("data directory {name} can't be locked"))
        }
    }
}
