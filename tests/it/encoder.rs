//! The optional encoder on a tiny model that the test makes itself: loading, vectors, cache, and what is said of a bad folder.
//! It never downloads a model: it makes a tiny one.

use std::fs;
use std::path::Path;

use candle_core::{DType, Device};
use candle_nn::{VarBuilder, VarMap};
use candle_transformers::models::bert::{BertModel, Config};
use unstuck::embed::{Encoder, cached};

use crate::program::{json, unstuck};

const CONFIG: &str = r#"{"vocab_size": 12, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
  "intermediate_size": 16, "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "max_position_embeddings": 32,
  "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0, "model_type": "bert"}"#;

const TOKENIZER: &str = r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": {"type": "Lowercase"},
  "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
  "model": {"type": "WordLevel", "unk_token": "[UNK]",
    "vocab": {"[PAD]": 0, "[UNK]": 1, "redis": 2, "refused": 3, "disk": 4, "full": 5, "camera": 6, "dark": 7, "is": 8}}}"#;

/// A folder with a model of random weights.
pub fn tiny_model(folder: &Path) {
    fs::write(folder.join("config.json"), CONFIG).unwrap();
    fs::write(folder.join("tokenizer.json"), TOKENIZER).unwrap();
    let variables = VarMap::new();
    let config: Config = serde_json::from_str(CONFIG).unwrap();
    BertModel::load(VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu), &config).unwrap();
    variables.save(folder.join("model.safetensors")).unwrap();
}

fn near(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-5)
}

#[test]
fn a_text_has_one_vector_of_unit_length_whatever_stands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    tiny_model(folder.path());
    let encoder = Encoder::load(folder.path()).unwrap();
    let alone = encoder.encode(&["redis refused"]).unwrap();
    let long = "disk is full ".repeat(40);
    let beside = encoder.encode(&["redis refused", &long, ""]).unwrap();
    assert!(near(&alone[0], &beside[0]), "padding changes nothing");
    assert!(!near(&beside[0], &beside[1]));
    for vector in alone.iter().chain(&beside[..2]) {
        let length: f32 = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((length - 1.0).abs() < 1e-4, "{length}");
    }
}

#[test]
fn a_folder_that_is_no_model_is_said_with_the_file_at_fault() {
    let folder = tempfile::tempdir().unwrap();
    let said = |path: &Path| format!("{:#}", Encoder::load(path).err().expect("an error"));
    assert!(said(&folder.path().join("none")).contains("does not exist"));
    assert!(said(folder.path()).contains("model.safetensors"));
    tiny_model(folder.path());
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    assert!(said(folder.path()).contains("tokenizer.json"));
    tiny_model(folder.path());
    fs::write(folder.path().join("config.json"), CONFIG.replace("\"hidden_size\": 8", "\"hidden_size\": 16")).unwrap();
    assert!(said(folder.path()).contains("do not fit"));
    tiny_model(folder.path());
    fs::write(folder.path().join("config.json"), CONFIG.replace("\"vocab_size\": 12", "\"vocab_size\": 5")).unwrap();
    assert!(said(folder.path()).contains("knows more words"));
    fs::write(folder.path().join("model.safetensors"), b"not weights").unwrap();
    fs::write(folder.path().join("config.json"), CONFIG).unwrap();
    assert!(said(folder.path()).contains("safetensors"));
}

#[test]
fn vectors_are_kept_by_content_and_made_again_where_the_file_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    tiny_model(folder.path());
    let encoder = Encoder::load(folder.path()).unwrap();
    let store = tempfile::tempdir().unwrap();
    let texts = ["redis refused", "disk full", "redis refused"];
    let first = cached(&encoder, &texts, Some(store.path())).unwrap();
    assert!(near(&first[0], &first[2]) && !near(&first[0], &first[1]));
    let file = fs::read_dir(store.path()).unwrap().flatten().next().expect("the cache").path();
    let before = fs::read(&file).unwrap();
    assert_eq!(cached(&encoder, &texts, Some(store.path())).unwrap(), first);
    assert_eq!(fs::read(&file).unwrap(), before, "nothing new, nothing written");
    fs::write(&file, &before[..before.len() / 2]).unwrap();
    assert_eq!(cached(&encoder, &texts, Some(store.path())).unwrap(), first);
    assert_eq!(cached(&encoder, &["camera dark"], None).unwrap().len(), 1, "without a folder nothing is kept");
}

#[test]
fn the_program_ranks_by_meaning_where_an_encoder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    tiny_model(folder.path());
    let knowledge = tempfile::tempdir().unwrap();
    fs::write(knowledge.path().join("a.md"), "# Disk\n\ndisk is full and nothing is written any more\n").unwrap();
    fs::write(knowledge.path().join("b.md"), "# Camera\n\ncamera dark, no picture arrives from it\n").unwrap();
    let home = tempfile::tempdir().unwrap();
    let env = [("HOME", home.path().to_str().unwrap())];
    let ask = |encoder: &Path| {
        let args = ["ask", "--json", "--only-knowledge", "--knowledge", ".", "--encoder", encoder.to_str().unwrap()];
        unstuck(knowledge.path(), &env, &[&args[..], &["camera", "dark"]].concat())
    };
    let first = ask(folder.path());
    let answer = json(&first);
    assert_eq!(answer["matches"][0]["path"], "b.md", "{answer}");
    assert_eq!(ask(folder.path()).stdout, first.stdout, "the same from the cache");
    let wrong = ask(&folder.path().join("none"));
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("does not exist"));
}
