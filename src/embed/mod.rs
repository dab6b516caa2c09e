//! A sentence encoder from a folder the operator names: a BERT-like model (safetensors, configuration, tokenizer) run on the CPU.
//! It never downloads anything and never looks for a model elsewhere.

mod cache;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use tokenizers::{PaddingParams, Tokenizer, TruncationParams};

pub use cache::cached;

/// Word pieces of one text that are read; what sentence encoders were made for.
const LONGEST: usize = 256;
/// Texts that are encoded at once.
const BATCH: usize = 16;

/// A sentence encoder: texts to vectors of unit length.
pub struct Encoder {
    model: BertModel,
    tokenizer: Tokenizer,
    /// Names the model: changes when its files do.
    identity: String,
}

impl Encoder {
    /// Loads `model.safetensors`, `config.json` and `tokenizer.json` from `folder`.
    ///
    /// # Errors
    /// A file that is missing, is not what its name says, or does not fit the others.
    pub fn load(folder: &Path) -> Result<Encoder> {
        ensure!(folder.is_dir(), "the encoder's folder `{}` does not exist", folder.display());
        let weights = read(folder, "model.safetensors")?;
        let settings = read(folder, "config.json")?;
        let vocabulary = read(folder, "tokenizer.json")?;
        let identity = cache::digest(&[&weights, &settings, &vocabulary]);
        let config: Config = serde_json::from_slice(&settings)
            .with_context(|| format!("`{}` is not a BERT configuration", folder.join("config.json").display()))?;
        let longest = LONGEST.min(config.max_position_embeddings);
        let mut tokenizer = Tokenizer::from_bytes(&vocabulary)
            .map_err(|e| anyhow!("`{}` is not a tokenizer: {e}", folder.join("tokenizer.json").display()))?;
        ensure!(
            tokenizer.get_vocab_size(true) <= config.vocab_size,
            "the tokenizer of `{}` knows more words than its model",
            folder.display()
        );
        tokenizer
            .with_truncation(Some(TruncationParams { max_length: longest, ..TruncationParams::default() }))
            .map_err(|e| anyhow!("the tokenizer of `{}` cannot be cut to {longest} pieces: {e}", folder.display()))?;
        tokenizer.with_padding(Some(PaddingParams { pad_id: config.pad_token_id as u32, ..PaddingParams::default() }));
        let variables = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)
            .with_context(|| format!("`{}` holds no safetensors", folder.join("model.safetensors").display()))?;
        let model = BertModel::load(variables, &config)
            .with_context(|| format!("the weights of `{}` do not fit its configuration", folder.display()))?;
        Ok(Encoder { model, tokenizer, identity })
    }

    /// One vector of unit length for each text: the mean over its word pieces.
    ///
    /// # Errors
    /// When a text cannot be split into pieces or the model fails.
    pub fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            vectors.extend(self.batch(batch)?);
        }
        Ok(vectors)
    }

    fn batch(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let encoded = self
            .tokenizer
            .encode_batch(texts.to_vec(), true)
            .map_err(|e| anyhow!("a text cannot be split into word pieces: {e}"))?;
        let ids: Vec<&[u32]> = encoded.iter().map(|e| e.get_ids()).collect();
        let masks: Vec<&[u32]> = encoded.iter().map(|e| e.get_attention_mask()).collect();
        let (Some(length), count) = (ids.first().map(|i| i.len()), ids.len()) else { return Ok(Vec::new()) };
        let tensor = |rows: &[&[u32]]| Tensor::from_vec(rows.concat(), (count, length), &Device::Cpu);
        let (ids, mask) = (tensor(&ids)?, tensor(&masks)?);
        let states = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let weights = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
        let sum = states.broadcast_mul(&weights)?.sum(1)?;
        let mean = sum.broadcast_div(&weights.sum(1)?.clamp(1e-9, f64::MAX)?)?;
        let length = mean.sqr()?.sum_keepdim(1)?.sqrt()?.clamp(1e-12, f64::MAX)?;
        let vectors = mean.broadcast_div(&length)?.to_vec2::<f32>()?;
        if vectors.iter().flatten().any(|x| !x.is_finite()) {
            bail!("the encoder's answer is not a number: its weights are damaged");
        }
        Ok(vectors)
    }
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>> {
    let path: PathBuf = folder.join(name);
    std::fs::read(&path).with_context(|| format!("cannot read the encoder's `{}`", path.display()))
}
