//! The data directory belongs to one emulator at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Creates the directory and locks it for as long as the file is open, even if the emulator is killed.
pub(super) fn lock(dir: &Path) -> Result<File> {
    let name = dir.display();
    std::fs::create_dir_all(dir).with_context(|| format!("data directory {name} can't be made"))?;
    let file = File::create(dir.join("lock"))
        .with_context(|| format!("data directory {name} can't be written to"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("data directory {name} is in use by another emulator: --data-dir takes another")
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("data directory {name} can't be locked"))
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = super::lock(dir.path()).unwrap();
        let refused = super::lock(dir.path()).unwrap_err();
        assert!(refused.to_string().contains("in use by another emulator"));
        drop(first);
        assert!(super::lock(dir.path()).is_ok());
    }
}
