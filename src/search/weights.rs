//! What counts how much in the ranking: every weight beside the others, each with its reason.
//! It never computes; the files that use a weight say how.

use super::part::FIELDS;

// -- The one sum: what stands where in a section.

/// What a word counts in a title, in what the section stands under, in symptoms and aliases, and in its text: a title is
/// chosen to be found by.
pub(super) const FIELD: [f32; FIELDS] = [4.0, 3.0, 1.0, 1.0];
/// How much the length of each field counts (BM25's b).
pub(super) const LENGTH: [f32; FIELDS] = [0.6, 0.3, 0.8, 0.85];
/// Where a term's frequency saturates (BM25's k1) in a section.
pub(super) const SATURATION: f32 = 1.8;

/// The share of the whole document in a section's score: sections of one file are about one thing.
pub(super) const DOCUMENT: f32 = 0.4;
/// BM25's k1 and b for a document.
pub(super) const DOCUMENT_SATURATION: f32 = 3.0;
pub(super) const DOCUMENT_LENGTH: f32 = 0.8;

/// How far a meaning is as common as the sections that name it in passing make it; a word is so only by where it is at
/// home.
pub(super) const PASSING: f32 = 0.5;

// -- The question: what each of its words counts. A word that names something counts 1.

/// What everyday words and small numbers count: they stand in every question.
pub(super) const EVERYDAY: f32 = 0.5;
pub(super) const NUMBER: f32 = 0.2;
/// What a word counts that is taken for a mistyped one.
pub(super) const MISTYPED: f32 = 0.8;
/// What the name of the service before a log line counts: who writes a line is seldom the part that it is about.
pub(super) const SOURCE: f32 = 0.3;
/// What counts that a site's alias stands for.
pub(super) const ALIAS: f32 = 0.9;

// -- The question: what its words mean.

/// How much the concept of a single word counts beside the word itself.
pub(super) const OF_WORD: f32 = 0.78;
/// How much the concept of a phrase counts: several words that mean one thing say more than each.
pub(super) const OF_PHRASE: f32 = 1.69;
/// What is left of that in a log: it has its own words, and what they stand for says less there.
pub(super) const IN_LOG: f32 = 0.4;
/// How much a term counts that is described and not named, where it is described middling well.
pub(super) const OF_DESCRIPTION: f32 = 1.3;
/// What the meanings of a word lose beside it, where it is as rare as can be and runbooks use it.
pub(super) const BESIDE: f32 = 0.4;

// -- Beside the sum: what a section gains as a whole.

/// A line of the section that the question holds word for word, as a share of how telling its words are: a symptom is
/// what its author says will be seen, other text may quote it for any reason.
pub(super) const QUOTED_SYMPTOM: f32 = 0.5;
pub(super) const QUOTED_TEXT: f32 = 0.12;
/// A name of the section of which every word is spoken of, as a share of its score: what is named whole is meant.
pub(super) const TITLED: f32 = 0.4;
/// The product that the question names, as a share of the score: all of it where a section is about nothing else. Errors
/// such as `connection refused` are every product's, so the name decides.
pub(super) const ABOUT: f32 = 2.0;
/// Where that saturates: a title that names it gives half of it and more, a symptom a fifth.
pub(super) const ABOUT_SATURATION: f32 = 4.0;
/// What is left of a section that never speaks of the product.
pub(super) const NOT_ABOUT: f32 = 0.8;
/// Problems that are met often and rarely: enough to part what fits alike, too little to beat what fits better.
pub(super) const OFTEN: f32 = 1.25;
pub(super) const RARELY: f32 = 0.9;

// -- Beside the sum: what was seen of the system, as a factor. Only sections that fit well enough are lifted by it.

/// A fix of the section is meant for what is wrong here: where sections fit about alike, and where none fits well.
pub(super) const MEANT_AMONG_CLOSE: f32 = 1.25;
pub(super) const MEANT_AMONG_WEAK: f32 = 1.5;
/// Its words name the part that is unwell, and speak of its state as well: words are a weaker sign than a fix.
pub(super) const NAMES_PART: f32 = 1.15;
pub(super) const NAMES_STATE: f32 = 1.25;
/// It is about parts that are not here.
pub(super) const NOT_HERE: f32 = 0.4;
/// Each fact beside the one before it, which is nearer to the cause.
pub(super) const NEXT_FACT: f32 = 0.6;

// -- Which answers are close, and where the words decide.

/// How far below the best a section may score and still be close to it; only close ones are told apart by a question, or
/// by what helped before.
pub(super) const CLOSE: f32 = 0.85;
/// For plain words one section stands alone where the next has less than this share of its score.
pub(super) const ALONE: f32 = 0.7;
/// From this confidence on the words decide, where one section stands alone.
pub(super) const SURE: f32 = 0.5;
/// Sections that score less than this beside the best are not lifted by what was seen.
pub(super) const NEAR: f32 = 0.6;
/// The share of the main words of either question that both must have to be alike.
pub(super) const ALIKE: f32 = 0.6;
