//! Files that cannot be read, and what to do about them.

use std::path::Path;

use crate::fault::nearest;

/// Entries of a folder that are looked at for a similar name.
const LOOKED_AT: usize = 2_000;

/// Why a file cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// What is wrong, to stand behind the file's name.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Unread {
    /// Without advice.
    pub(crate) fn plain(message: impl Into<String>) -> Unread {
        Unread {
            message: message.into(),
            help: None,
        }
    }

    fn with_help(message: impl Into<String>, help: impl Into<String>) -> Unread {
        Unread {
            message: message.into(),
            help: Some(help.into()),
        }
    }

    /// The system's refusal in words; of a file that is not there, a similar name.
    pub(crate) fn refused(error: &std::io::Error, path: &Path) -> Unread {
        match error.kind() {
            std::io::ErrorKind::NotFound => not_found(path),
            std::io::ErrorKind::PermissionDenied => Unread::plain("permission denied"),
            _ => Unread::plain(error.to_string()),
        }
    }
}

/// A file that is not there: which folder or name is like it.
fn not_found(path: &Path) -> Unread {
    let folder = path.parent().unwrap_or(Path::new(""));
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = std::fs::read_dir(here) else {
        return Unread::plain(format!("there is no folder {}", folder.display()));
    };
    let names: Vec<String> = entries
        .take(LOOKED_AT)
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .collect();
    let Some(wanted) = path.file_name().and_then(|n| n.to_str()) else {
        return Unread::plain("there is no such file");
    };
    // The same name with another ending, or without one; else a similar name.
    let stem = Path::new(wanted)
        .file_stem()
        .and_then(|s| s.to_str())
        .unwrap_or(wanted);
    let ending = Path::new(wanted).extension();
    let alike = names.iter().find(|name| {
        let name = Path::new(name);
        name.file_stem().and_then(|s| s.to_str()) == Some(stem)
            && (ending.is_none() || name.extension().is_some_and(|e| e == "toml" || e == "csv"))
    });
    let same_ending = names
        .iter()
        .map(String::as_str)
        .filter(|n| Path::new(n).extension() == ending);
    let near = alike.map(String::as_str).or_else(|| nearest(wanted, same_ending));
    match near {
        Some(near) => Unread::with_help(
            "there is no such file",
            format!("did you mean {}?", folder.join(near).display()),
        ),
        None => Unread::plain("there is no such file"),
    }
}

/// Letters of Windows-1252 from 0x80 to 0x9f; a space where it has none.
const LETTERS: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '\u{2018}',
    '\u{2019}', '\u{201c}', '\u{201d}', '•', '–', '—', '\u{2dc}', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

/// What a file is that is no text, by how it begins.
pub(crate) fn other_kind(bytes: &[u8]) -> Option<Unread> {
    let kinds: [(&[u8], &str, &str); 5] = [
        (
            b"PK\x03\x04",
            "it is a spreadsheet or a ZIP archive, not text",
            "save the sheet as CSV, separated by commas, in UTF-8",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            "it is an Excel file, not text",
            "save the sheet as CSV, separated by commas, in UTF-8",
        ),
        (b"%PDF", "it is a PDF, not text", "export the figures as CSV"),
        (b"\x1f\x8b", "it is compressed, not text", "unpack it first"),
        (
            b"SQLite format 3",
            "it is a database, not text",
            "export the table as CSV",
        ),
    ];
    if let Some((_, message, help)) = kinds.iter().find(|(begins, ..)| bytes.starts_with(begins)) {
        return Some(Unread::with_help(*message, *help));
    }
    let first = &bytes[..bytes.len().min(1_000)];
    let zeros = first.split(|b| *b == 0).count() - 1;
    let marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    (marked || (zeros > 0 && zeros * 3 > first.len()))
        .then(|| Unread::with_help("it is UTF-16 text (\"Unicode\")", "save it as UTF-8"))
}

/// Bytes that are not UTF-8 from a place on: line and column, and what they may be.
pub(crate) fn not_utf8(bytes: &[u8], valid: usize) -> Unread {
    let before = &bytes[..valid];
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
    let line = before.split(|&b| b == b'\n').count();
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    let byte = bytes.get(valid).copied().unwrap_or(0);
    let letter = match byte {
        0x80..=0x9f => LETTERS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    let looks = if letter == ' ' || letter.is_control() {
        String::new()
    } else {
        format!(": it looks like Windows-1252 (`{letter}`)")
    };
    Unread::with_help(
        format!("line {line}, column {column} is not UTF-8{looks}"),
        "save it as UTF-8",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        let said = |bytes: &[u8]| other_kind(bytes).map(|u| u.message);
        assert!(said(b"PK\x03\x04rest").unwrap().contains("spreadsheet"));
        assert!(said(b"\xff\xfeh\0o\0").unwrap().contains("UTF-16"));
        assert!(said(b"h\0o\0r\0").unwrap().contains("UTF-16"));
        assert_eq!(said(b"horizon = \"5d\""), None);
        let latin = b"a = 1\nname = \"B\xfcro\"\n";
        let unread = not_utf8(latin, 15);
        assert_eq!(
            unread.message,
            "line 2, column 10 is not UTF-8: it looks like Windows-1252 (`ü`)"
        );
    }

    #[test]
    fn a_similar_name_is_offered() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        let help = |name: &str| not_found(&folder.join(name)).help.unwrap_or_default();
        assert!(help("dsk.toml").contains("desk.toml"), "{}", help("dsk.toml"));
        assert!(help("desk").contains("desk.toml"));
        assert!(help("desk.tml").contains("desk.toml"));
        assert_eq!(help("zebra.toml"), "");
        assert!(
            not_found(&folder.join("nowhere/x.toml"))
                .message
                .contains("no folder")
        );
    }
}
