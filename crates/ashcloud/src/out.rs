//! Where everything is written: one way to standard output, one to standard error, one to files. A closed pipe ends
//! quietly; every other failure is an exit code, never a panic.

use std::fs;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use ashcloud_report::Style;

/// Done.
pub(crate) const DONE: u8 = 0;
/// A gate asked for failed.
pub(crate) const GATE: u8 = 1;
/// Usage, or a faulty file.
pub(crate) const FAULTY: u8 = 2;
/// Undecided under a gate.
pub(crate) const UNDECIDED: u8 = 3;
/// Cannot read or write.
pub(crate) const IO: u8 = 4;
/// Interrupted, or out of time before anything was whole.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why the command ends early.
#[derive(Debug)]
pub(crate) struct Stop {
    /// The exit code.
    pub(crate) code: u8,
    /// What is said on standard error.
    pub(crate) message: String,
}

impl Stop {
    /// Something is wrong with what was asked.
    pub(crate) fn faulty(message: impl Into<String>) -> Stop {
        Stop {
            code: FAULTY,
            message: message.into(),
        }
    }

    /// Something cannot be read or written.
    pub(crate) fn io(message: impl Into<String>) -> Stop {
        Stop {
            code: IO,
            message: message.into(),
        }
    }
}

/// Writes data to standard output, all of it.
pub(crate) fn print(text: &str) -> Result<(), Stop> {
    let mut stdout = io::stdout().lock();
    quiet_pipe(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Says something on standard error. Where even that fails there is nobody to tell.
pub(crate) fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr
        .write_all(text.trim_end().as_bytes())
        .and_then(|()| stderr.write_all(b"\n"));
}

/// Help and version go to standard output, usage faults to standard error.
pub(crate) fn usage(message: &clap::Error) -> Result<u8, Stop> {
    if message.use_stderr() {
        // What cannot be said is not said.
        let _ = message.print();
        return Ok(FAULTY);
    }
    quiet_pipe(message.print().and_then(|()| io::stdout().flush()))?;
    Ok(DONE)
}

fn quiet_pipe(written: io::Result<()>) -> Result<(), Stop> {
    match written {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(Stop::io(format!(
            "cannot write to standard output: {why}; free some space, or write elsewhere"
        ))),
        _ => Ok(()),
    }
}

/// How text is written to standard output.
pub(crate) fn style() -> Style {
    let is_terminal = io::stdout().is_terminal();
    let width = terminal_size::terminal_size()
        .filter(|_| is_terminal)
        .map(|(width, _)| usize::from(width.0));
    style_for(is_terminal, width, &|name| std::env::var(name).ok())
}

/// As wide as the terminal (80 columns elsewhere, or what `COLUMNS` says), in colour only on a terminal and without
/// `NO_COLOR`, in blocks only where the locale is UTF-8.
fn style_for(is_terminal: bool, width: Option<usize>, variable: &dyn Fn(&str) -> Option<String>) -> Style {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let dumb = set("TERM").is_some_and(|term| term == "dumb");
    let asked = set("COLUMNS").and_then(|columns| columns.parse().ok());
    Style {
        width: width.or(asked).unwrap_or(80).clamp(40, 120),
        unicode: !dumb && utf8(set("LC_ALL").or(set("LC_CTYPE")).or(set("LANG")).as_deref()),
        colour: is_terminal && !dumb && set("NO_COLOR").is_none(),
    }
}

fn utf8(locale: Option<&str>) -> bool {
    locale.is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        name.ends_with("utf-8") || name.ends_with("utf8")
    })
}

/// A folder into which results are written.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder where it is absent, and finds out whether it can be written to, before anything runs.
    pub(crate) fn new(path: &Path) -> Result<Folder, Stop> {
        let folder = Folder {
            path: path.to_path_buf(),
        };
        fs::create_dir_all(path).map_err(|why| folder.fault(&why))?;
        let probe = folder.aside("probe");
        let tried = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe));
        tried.map_err(|why| folder.fault(&why))?;
        folder.clear_parts();
        Ok(folder)
    }

    /// Writes all files aside, then gives them their names: nothing is ever there half, and all are there or none.
    pub(crate) fn write(&self, files: &[(&str, &str)]) -> Result<(), Stop> {
        let written = self.prepare(files).and_then(|()| self.exchange(files));
        if written.is_err() {
            for (name, _) in files {
                // It may not have come to be.
                let _ = fs::remove_file(self.aside(name));
            }
        }
        written.map_err(|why| self.fault(&why))
    }

    fn prepare(&self, files: &[(&str, &str)]) -> io::Result<()> {
        for (name, text) in files {
            if self.path.join(name).is_dir() {
                return Err(io::Error::other(format!("{name} is a folder")));
            }
            let mut file = fs::File::create(self.aside(name))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
        }
        Ok(())
    }

    /// Puts the new files in the place of the old ones; where one cannot, all old ones are put back.
    fn exchange(&self, files: &[(&str, &str)]) -> io::Result<()> {
        let mut exchanged = Vec::new();
        let mut done = Ok(());
        for (name, _) in files {
            let (path, old) = (self.path.join(name), self.aside(&format!("{name}.old")));
            let existed = path.exists();
            done = if existed { fs::rename(&path, &old) } else { Ok(()) };
            if done.is_ok() {
                done = fs::rename(self.aside(name), &path);
                exchanged.push((path, existed.then_some(old)));
            }
            if done.is_err() {
                break;
            }
        }
        for (path, old) in exchanged {
            // What cannot be tidied up is left: the files that count are in their places.
            let _ = match (old, done.is_ok()) {
                (Some(old), true) => fs::remove_file(old),
                (Some(old), false) => fs::rename(old, path),
                (None, true) => Ok(()),
                (None, false) => fs::remove_file(path),
            };
        }
        done
    }

    /// Removes what earlier runs, ended in the middle of their writing, left here.
    fn clear_parts(&self) {
        let is_part = |name: &str| {
            let part = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
            let number = part.and_then(|part| part.rsplit_once('.'));
            number.is_some_and(|(_, process)| process.parse::<u32>().is_ok())
        };
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if is_part(&entry.file_name().to_string_lossy()) {
                // Another run may have been quicker.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn aside(&self, name: &str) -> PathBuf {
        self.path.join(format!(".{name}.{}.part", std::process::id()))
    }

    fn fault(&self, why: &io::Error) -> Stop {
        Stop::io(format!(
            "cannot write into {}: {why}; name another folder with --out",
            self.path.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        let style = |is_terminal, variables: &[(&str, &str)]| {
            let variables: Vec<(String, String)> = variables
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect();
            style_for(is_terminal, None, &|name| {
                variables
                    .iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, value)| value.clone())
            })
        };
        assert!(style(true, &[]).colour);
        assert!(style(true, &[("NO_COLOR", "")]).colour);
        assert!(!style(true, &[("NO_COLOR", "1")]).colour);
        assert!(!style(true, &[("TERM", "dumb")]).colour);
        assert!(!style(false, &[]).colour);
        assert!(style(true, &[("LANG", "C.UTF-8")]).unicode);
        assert!(!style(true, &[("LANG", "C.UTF-8"), ("TERM", "dumb")]).unicode);
        assert!(!style(true, &[("LANG", "C.UTF-8"), ("LC_ALL", "C")]).unicode);
        assert_eq!(style(false, &[("COLUMNS", "100")]).width, 100);
        assert_eq!(style(false, &[]).width, 80);
        assert_eq!(style_for(true, Some(500), &|_| None).width, 120);
    }

    #[test]
    fn locales() {
        for name in ["en_US.UTF-8", "C.utf8", "de_DE.UTF8"] {
            assert!(utf8(Some(name)), "{name}");
        }
        for name in [Some("C"), Some("POSIX"), Some("de_DE.ISO-8859-1"), None] {
            assert!(!utf8(name), "{name:?}");
        }
    }
}
