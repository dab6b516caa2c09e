//! Section vectors kept in a file, by the encoder's identity and each text's content: only what is new is encoded.
//! It never fails for a damaged or missing file: the vectors are made again.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use candle_core::{Device, Tensor};
use sha2::{Digest, Sha256};

use super::Encoder;

/// The vectors of `texts`, from the folder's file where it has them; what was encoded is kept there for the next time.
///
/// # Errors
/// When the encoder fails.
pub fn cached(encoder: &Encoder, texts: &[&str], folder: Option<&Path>) -> Result<Vec<Vec<f32>>> {
    let file = folder.map(|f| f.join(format!("vectors-{}.safetensors", encoder.identity)));
    let mut known = file.as_deref().map(load).unwrap_or_default();
    let keys: Vec<String> = texts.iter().map(|t| digest(&[t.as_bytes()])).collect();
    let mut missing: Vec<usize> =
        (0..texts.len()).filter(|i| keys.get(*i).is_some_and(|k| !known.contains_key(k))).collect();
    missing.dedup_by_key(|i| keys.get(*i));
    let fresh: Vec<&str> = missing.iter().filter_map(|i| texts.get(*i).copied()).collect();
    let encoded = encoder.encode(&fresh)?;
    let changed = !encoded.is_empty();
    known.extend(missing.iter().filter_map(|i| keys.get(*i).cloned()).zip(encoded));
    let vectors: Vec<Vec<f32>> = keys.iter().map(|k| known.get(k).cloned().unwrap_or_default()).collect();
    if changed && let Some(file) = file {
        known.retain(|k, _| keys.contains(k));
        // Without a cache it is slower the next time, and nothing else.
        let _ = save(&file, &known);
    }
    Ok(vectors)
}

/// The SHA-256 of the parts, as hexadecimal digits.
pub(super) fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
}

fn load(file: &Path) -> HashMap<String, Vec<f32>> {
    let tensors = std::fs::read(file).ok().and_then(|b| candle_core::safetensors::load_buffer(&b, &Device::Cpu).ok());
    let vectors = tensors.unwrap_or_default().into_iter();
    vectors.filter_map(|(key, tensor)| Some((key, tensor.to_vec1::<f32>().ok()?))).collect()
}

/// Writes beside the file and renames, so that another session never reads half of it.
fn save(file: &Path, vectors: &HashMap<String, Vec<f32>>) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut tensors = HashMap::new();
    for (key, vector) in vectors {
        tensors.insert(key.clone(), Tensor::from_slice(vector, vector.len(), &Device::Cpu)?);
    }
    let temporary = tempfile::NamedTempFile::new_in(folder)?;
    candle_core::safetensors::save(&tensors, temporary.path())?;
    temporary.persist(file)?;
    Ok(())
}
