//! Compiles the contract with a compiler written in Rust, so that nobody has to install protoc.

use std::error::Error;
use std::path::PathBuf;

use prost::Message as _;

const PROTO: &str = "../../proto";
const FILE: &str = "fastfusion/notification/v1/notification.proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PROTO}");
    let descriptors = protox::compile([FILE], [PROTO])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("notification.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
