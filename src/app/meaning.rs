//! The encoder the operator named, made ready to rank the sections of this session by meaning.
//! It never falls back silently: a folder that cannot be used is an error.

use std::path::Path;

use anyhow::Result;

#[cfg(feature = "encoder")]
use crate::runbook::Section;
use crate::runbook::Sections;
use crate::search::Meaning;

/// Loads the encoder of `folder` and the vectors of `sections`, which are kept under `cache`.
///
/// # Errors
/// When the folder holds no encoder, or this program was built without one.
#[cfg(feature = "encoder")]
pub fn load(folder: &Path, cache: Option<&Path>, sections: &Sections) -> Result<Box<dyn Meaning>> {
    let encoder = crate::embed::Encoder::load(folder)?;
    let texts: Vec<String> = sections.iter().map(gist).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = crate::embed::cached(&encoder, &texts, cache)?;
    Ok(Box::new(Encoded { encoder, vectors }))
}

#[cfg(not(feature = "encoder"))]
pub fn load(folder: &Path, _cache: Option<&Path>, _sections: &Sections) -> Result<Box<dyn Meaning>> {
    anyhow::bail!(
        "the encoder `{}` cannot be used: this program was built without it (cargo build --release --features encoder)",
        folder.display()
    )
}

#[cfg(feature = "encoder")]
struct Encoded {
    encoder: crate::embed::Encoder,
    vectors: Vec<Vec<f32>>,
}

#[cfg(feature = "encoder")]
impl Meaning for Encoded {
    fn likeness(&self, query: &crate::query::Query) -> Option<Vec<f32>> {
        let lines: Vec<&str> = query.lines.iter().take(4).map(|l| l.text.as_str()).collect();
        let question = self.encoder.encode(&[&lines.join(". ")]).ok()?.pop()?;
        let cosine = |vector: &Vec<f32>| vector.iter().zip(&question).map(|(a, b)| a * b).sum();
        Some(self.vectors.iter().map(cosine).collect())
    }
}

/// What a section is about, in the few words an encoder reads.
#[cfg(feature = "encoder")]
fn gist(section: &Section) -> String {
    let symptoms = section.symptoms.iter().map(|s| s.text.as_str());
    let parts = section.heading_path.iter().map(String::as_str).chain(symptoms);
    let parts: Vec<&str> = parts.chain(section.aliases.iter().map(String::as_str)).collect();
    format!("{}. {}", parts.join(". "), crate::text::shorten(&section.prose, 600))
}
