//! Quizzes: questions with one or more right answers, and a pass mark. An answer is right where it names exactly the right ones.

use serde::{Deserialize, Serialize};

/// A quiz has at most so many questions.
pub const MAX_QUESTIONS: usize = 50;
/// And a question so many answers to choose from.
pub const MAX_OPTIONS: usize = 10;

/// A quiz.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiz {
    /// Its questions, in order; never empty.
    pub questions: Vec<Question>,
    /// So many percent of the questions must be answered right, 1 to 100.
    pub pass_percent: u8,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question.
    pub text: String,
    /// What can be answered.
    pub options: Vec<String>,
    /// Places of the right answers, from 0; never empty.
    pub right: Vec<u8>,
}

/// How a quiz was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// So many answers were right.
    pub right: u32,
    /// Of so many.
    pub of: u32,
    /// Whether that is enough.
    pub passed: bool,
    /// Places of the questions that were answered wrong, from 0.
    pub wrong: Vec<usize>,
}

/// Why a quiz can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuizFault {
    /// Too few or too many questions.
    #[error("a quiz has 1 to {MAX_QUESTIONS} questions")]
    Count,
    /// The pass mark is none.
    #[error("the pass mark is 1 to 100 percent")]
    PassMark,
    /// A question is empty or very long.
    #[error("question {place} needs a text of at most 500 characters")]
    Text {
        /// Which one, from 1.
        place: usize,
    },
    /// A question has too few or too many answers, or an empty or very long one.
    #[error("question {place} needs 2 to {MAX_OPTIONS} answers of at most 300 characters")]
    Options {
        /// Which one, from 1.
        place: usize,
    },
    /// No answer is right, or one that isn't there.
    #[error("question {place} needs a right answer")]
    Right {
        /// Which one, from 1.
        place: usize,
    },
}

/// A quiz as it is kept: trimmed.
///
/// # Errors
/// [`QuizFault`].
pub fn valid_quiz(mut quiz: Quiz) -> Result<Quiz, QuizFault> {
    if quiz.questions.is_empty() || quiz.questions.len() > MAX_QUESTIONS {
        return Err(QuizFault::Count);
    }
    if !(1..=100).contains(&quiz.pass_percent) {
        return Err(QuizFault::PassMark);
    }
    let is_line = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
    for (at, question) in quiz.questions.iter_mut().enumerate() {
        let place = at + 1;
        question.text = question.text.trim().to_owned();
        question.options = question.options.iter().map(|option| option.trim().to_owned()).collect();
        question.right.sort_unstable();
        question.right.dedup();
        if !is_line(&question.text, 500) {
            return Err(QuizFault::Text { place });
        }
        if !(2..=MAX_OPTIONS).contains(&question.options.len()) || question.options.iter().any(|option| !is_line(option, 300)) {
            return Err(QuizFault::Options { place });
        }
        if question.right.is_empty() || question.right.iter().any(|right| usize::from(*right) >= question.options.len()) {
            return Err(QuizFault::Right { place });
        }
    }
    Ok(quiz)
}

/// Marks answers: places of what was chosen, for each question in order. A question without an answer is wrong.
#[must_use]
pub fn mark(quiz: &Quiz, answers: &[Vec<u8>]) -> Marked {
    let is_right = |at: usize, question: &Question| {
        let mut chosen = answers.get(at).cloned().unwrap_or_default();
        chosen.sort_unstable();
        chosen.dedup();
        chosen == question.right
    };
    let wrong: Vec<usize> = quiz.questions.iter().enumerate().filter(|(at, question)| !is_right(*at, question)).map(|(at, _)| at).collect();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (of, right) = (count(quiz.questions.len()), count(quiz.questions.len() - wrong.len()));
    // Rounded for nobody: 2 of 3 is less than 67 percent.
    let passed = u64::from(right) * 100 >= u64::from(of) * u64::from(quiz.pass_percent) && of > 0;
    Marked { right, of, passed, wrong }
}
