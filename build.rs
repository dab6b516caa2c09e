//! Lists the runbooks of `knowledge/` for embedding: their names with their texts, and nothing else that lies there.
//! It never reads or changes what is in them.

// A build script speaks to cargo on its standard output.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=knowledge");
    let from = |name: &str| env::var(name).map_err(io::Error::other);
    let (root, out) = (from("CARGO_MANIFEST_DIR")?, from("OUT_DIR")?);
    let mut names = Vec::new();
    for entry in fs::read_dir(Path::new(&root).join("knowledge"))? {
        names.extend(entry?.file_name().into_string().ok().filter(|n| n.ends_with(".md")));
    }
    names.sort();
    let each = names.iter().map(|name| {
        let path = Path::new(&root).join("knowledge").join(name);
        format!("    ({name:?}, include_str!({:?})),\n", path.display().to_string())
    });
    let list = each.collect::<String>();
    fs::write(Path::new(&out).join("knowledge.rs"), format!("&[\n{list}]\n"))
}
