//! What can be typed.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::parser::ValueSource;
use clap::{
    ArgAction, ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    ValueEnum,
};
use clap_complete::Shell;

/// Publish and list versions of Huawei Cloud FunctionGraph functions
///
/// Credentials come from --token-file or FUNCTIONGRAPH_TOKEN; else from FUNCTIONGRAPH_USER,
/// FUNCTIONGRAPH_PASSWORD and FUNCTIONGRAPH_DOMAIN, for a login at IAM; else from
/// HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_SECURITY_TOKEN; else from the section
/// "basic", else "global", of ~/.huaweicloud/credentials; else from the metadata of the cloud server.
#[derive(Debug, Parser)]
#[command(
    name = "functiongraph",
    version,
    after_help = "Exit status: 0 done; 1 something on this machine; 2 the command line; 3 credentials; 4 forbidden; 5 not found; 6 the name is taken; 7 too many requests; 8 the service failed; 9 the network; 10 an answer that cannot be used; 11 the service refused the request."
)]
pub struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// The process's own, or the end of it with what is wrong with them.
    pub(crate) fn of_process() -> Self {
        let matches = Self::command().get_matches();
        let parsed = Self::from_arg_matches(&matches);
        let mut arguments = parsed.unwrap_or_else(|error| error.exit());
        arguments.global.forget_empty(&matches);
        arguments
    }
}

impl Global {
    /// An empty variable counts as unset, as with the vendor's SDKs. What is typed counts.
    fn forget_empty(&mut self, matches: &ArgMatches) {
        let is_unset = |name: &str, text: &OsStr| {
            let of_variable = matches.value_source(name) == Some(ValueSource::EnvVariable);
            of_variable && text.to_string_lossy().trim().is_empty()
        };
        for (name, value) in [
            ("region", &mut self.region),
            ("endpoint", &mut self.endpoint),
            ("iam_endpoint", &mut self.iam_endpoint),
            ("project_id", &mut self.project_id),
            ("proxy", &mut self.proxy),
        ] {
            value.take_if(|text| is_unset(name, text.as_ref()));
        }
        self.token_file
            .take_if(|path| is_unset("token_file", path.as_os_str()));
    }
}

/// Where the service is, and how to talk to it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Where and how")]
pub struct Global {
    /// Region, which gives the addresses of the service and of IAM, and the project
    #[arg(long, global = true, env = "FUNCTIONGRAPH_REGION")]
    pub(crate) region: Option<String>,
    /// Address of the service, in place of the region's
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "FUNCTIONGRAPH_ENDPOINT",
        hide_env_values = true
    )]
    pub(crate) endpoint: Option<String>,
    /// Address of the identity service, in place of the region's
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "HUAWEICLOUD_SDK_IAM_ENDPOINT",
        hide_env_values = true
    )]
    pub(crate) iam_endpoint: Option<String>,
    /// Project that the function is in; else the URN's, else that of the credentials
    #[arg(
        long,
        global = true,
        value_name = "ID",
        env = "HUAWEICLOUD_SDK_PROJECT_ID"
    )]
    pub(crate) project_id: Option<String>,
    /// File that holds a token
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "FUNCTIONGRAPH_TOKEN_FILE",
        // That of paths refuses a variable that is empty.
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub(crate) token_file: Option<PathBuf>,
    /// Proxy for all calls, as http://host:port
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "FUNCTIONGRAPH_PROXY",
        hide_env_values = true
    )]
    pub(crate) proxy: Option<String>,
    /// Seconds that a call may take, with all its attempts
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) timeout: u32,
    /// Send every call once, whatever becomes of it
    #[arg(long, global = true)]
    pub(crate) no_retries: bool,
    /// Tell what is sent and answered on standard error; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Colours in what is told on standard error
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish the working copy of a function as a new version
    Publish(Publish),
    /// List the versions of a function
    List(List),
    /// Print a call as a curl line, signed for the next 15 minutes
    ///
    /// Whoever has the line can make the call. A token, also that of temporary access keys, stays in
    /// the variable or the file that it comes from.
    Signature(Signature),
    /// Look at the configuration
    #[command(subcommand)]
    Config(Config),
    /// Write completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual page
    Man {
        /// The command; the program without
        command: Option<String>,
    },
}

/// A new version.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewVersion {
    /// The function: its URN, or a short form such as default:test
    #[arg(value_name = "FUNCTION")]
    pub(crate) function: String,
    /// Name of the version; the service chooses one without
    #[arg(long = "version", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What the version is
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Digest that the working copy's code has to have, MD5 or SHA-512
    #[arg(long, value_name = "HEX")]
    pub(crate) digest: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Publish {
    #[command(flatten)]
    pub(crate) new: NewVersion,
    /// How to write the new version; all but the table is as the service sent it
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Show the call instead of sending it; a login or the lookup of the project is sent all the same
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// The function: its URN, or a short form such as default:test
    #[arg(value_name = "FUNCTION")]
    pub(crate) function: String,
    /// How to write the versions; all but the table is as the service sent each of them
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Versions to list at most; with --watch, of those that are there at first
    #[arg(long, value_name = "COUNT", default_value_t = 100, conflicts_with = "all", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// List all versions
    #[arg(long)]
    pub(crate) all: bool,
    /// Versions to ask for at a time; as many as the limit takes without, and with --all the service decides
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page_size: Option<u32>,
    /// Go on, and write versions as they appear or change, looking every so many seconds
    ///
    /// A network or a service that is down for a while is told once, and waited for. An interruption
    /// ends it.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "5", require_equals = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) watch: Option<u32>,
    /// Show the call instead of sending it; a login or the lookup of the project is sent all the same
    #[arg(long, conflicts_with = "watch")]
    pub(crate) dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Signature {
    /// Print the token in the line
    #[arg(long, global = true)]
    pub(crate) reveal: bool,
    #[command(subcommand)]
    pub(crate) call: Call,
}

/// A call to sign.
#[derive(Debug, Subcommand)]
pub(crate) enum Call {
    /// The call that publishes a version
    Publish(NewVersion),
    /// The call that lists versions
    List {
        /// The function: its URN, or a short form such as default:test
        #[arg(value_name = "FUNCTION")]
        function: String,
        /// Versions to ask for; the service decides without
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
        page_size: Option<u32>,
    },
}

impl Call {
    /// The function that it is about.
    pub(crate) fn function(&self) -> &str {
        match self {
            Self::Publish(new) => &new.function,
            Self::List { function, .. } => function,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show every setting as a call would use it, and where its value came from
    ///
    /// Secrets are not shown, and nothing is sent. What cannot be used is told at the end, with the
    /// exit status that a call would have.
    Show,
}

/// How to write versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON text
    Json,
    /// The same as YAML
    Yaml,
    /// A line of JSON for each version
    Jsonl,
}

/// The whole command line, for help, manual and completions.
pub fn command() -> clap::Command {
    Arguments::command()
}
