//! The languages of the site, and the words of its pages that come from neither the document nor a
//! chapter.

/// A language of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    English,
    /// Chinese in simplified characters.
    Chinese,
}

impl Language {
    /// All languages, the document's own first.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The language tag, which is also the folder of its pages.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// What its speakers call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }

    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

macro_rules! words {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        /// The words of the pages.
        #[derive(Debug)]
        pub(crate) struct Words {
            $(pub(crate) $name: &'static str,)*
        }

        const ENGLISH: Words = Words { $($name: $english,)* };
        const CHINESE: Words = Words { $($name: $chinese,)* };
    };
}

words! {
    brand: "FunctionGraph versions", "FunctionGraph 函数版本";
    skip: "Skip to the content", "跳到正文";
    menu: "Menu", "目录";
    close: "Close", "关闭";
    contents: "Contents of the site", "网站目录";
    search: "Search", "搜索";
    search_hint: "Search fields, operations, errors…", "搜索字段、接口、错误码……";
    search_none: "Nothing found", "没有找到";
    search_found: "results", "条结果";
    theme: "Theme", "主题";
    theme_auto: "as the system", "跟随系统";
    theme_light: "light", "浅色";
    theme_dark: "dark", "深色";
    copy: "Copy", "复制";
    copied: "Copied", "已复制";
    copy_failed: "Select and copy by hand", "请手动选择并复制";
    start: "Overview", "概览";
    guides: "Guides", "指南";
    contract: "The contract", "接口契约";
    reference: "API reference", "API 参考";
    help: "Help", "帮助";
    schemas: "Schemas", "数据结构";
    rustdoc: "Rust documentation", "Rust 文档";
    changelog: "Changelog", "变更记录";
    downloads: "Download the document", "下载 OpenAPI 文档";
    downloads_own: "in Chinese", "中文版";
    authentication: "Authentication", "认证";
    either: "Either is enough:", "任选其一：";
    path_parameters: "Path parameters", "路径参数";
    query_parameters: "Query parameters", "查询参数";
    header_parameters: "Header parameters", "请求头参数";
    request_body: "Request body", "请求体";
    body_optional: "May be left out.", "可以省略。";
    body_required: "Has to be sent.", "必须提供。";
    responses: "Responses", "响应";
    status: "Status", "状态码";
    body: "Body", "响应体";
    fields_of: "Fields of", "字段：";
    field: "Field", "字段";
    parameter: "Parameter", "参数";
    kind: "Type", "类型";
    returned: "Returned by", "返回该字段的接口";
    taken: "Taken by", "使用该字段的接口";
    description: "Description", "说明";
    required: "required", "必选";
    promised: "always sent", "必定返回";
    source: "Source: ", "来源：";
    publish: "publish", "发布";
    list: "list", "列表";
    listed: "Listed in", "列于";
    listed_gap: "; the table of these fields is missing on S2", "；S2 缺少这些字段的表格";
    listed_note: "“Returned by” names the operations whose answers can hold the field. “Listed in” names where the vendor shows it: S1 is the page of the publish operation, S2 that of the list operation, SDK the vendor’s SDKs or later pages. Our service sends every field that a version has, in both.", "“返回该字段的接口”指响应中可能含有该字段的接口。“列于”指厂商在何处列出该字段：S1 为“发布函数版本”页面，S2 为“获取函数版本列表”页面，SDK 为厂商 SDK 或后来的页面。本项目的服务在两个接口中都会返回版本所具有的全部字段。";
    examples: "Examples", "示例";
    example_response: "Response", "响应示例";
    samples: "The same call in", "用各种语言调用";
    samples_note: "Rust uses this project’s client, curl a token, the others the vendor’s SDKs; credentials come from the environment.", "Rust 使用本项目的客户端，curl 使用 Token，其余使用厂商 SDK；凭证取自环境变量。";
    returned_by: "Returned by", "返回方";
    sent_to: "Sent to", "用于请求";
    used_in: "Used in", "被引用于";
    server: "Server", "服务地址";
    string: "string", "字符串";
    base64: "string, base64", "字符串，base64";
    integer32: "integer, 32 bits", "整数（32 位）";
    integer64: "integer, 64 bits", "整数（64 位）";
    integer: "integer", "整数";
    number: "number", "数值";
    boolean: "boolean", "布尔值";
    object: "object", "对象";
    anything: "any value", "任意值";
    array_of: "array of ", "数组，元素为";
    or_null: "or null", "或 null";
    also_integer: "readers take an integer too", "读取时也接受整数";
    response_header: "Response header", "响应头";
    pattern: "Pattern", "正则";
    default: "Default", "默认值";
    open_values: "Known values", "已知取值";
    open_note: "other values may come", "可能出现其他取值";
    rust_api: "The crates’ own documentation, made by rustdoc", "各 crate 的 rustdoc 文档（英文）";
    try_it: "Try it", "在线调试";
    try_note: "Sends the request to the service that this page comes from.", "请求会发送到提供本页面的服务。";
    try_token: "Token, sent as X-Auth-Token", "Token，以 X-Auth-Token 发送";
    try_body: "Body (JSON; may be empty)", "请求体（JSON，可为空）";
    try_send: "Send", "发送";
    try_sending: "Sending…", "发送中……";
    try_failed: "The request could not be sent:", "请求无法发送：";
    try_optional: "optional", "可选";
    english_only: "This page is in English.", "本页仅有英文内容。";
    made_from: "Made from the OpenAPI document, edition", "由 OpenAPI 文档生成，版本";
    skip_to_samples: "Code samples", "代码示例";
}

impl Words {
    /// What a field's operations are called in a table.
    pub(crate) fn operation<'a>(&'a self, id: &'a str) -> &'a str {
        match id {
            "create_function_version" => self.publish,
            "list_function_versions" => self.list,
            other => other,
        }
    }

    /// A range in words. `unit` is empty, or what is counted.
    pub(crate) fn range(
        &self,
        language: Language,
        least: Option<String>,
        most: Option<String>,
        unit: Unit,
    ) -> Option<String> {
        // A number is small or large, a count is low or high: Chinese tells them apart.
        let counted = !matches!(unit, Unit::None);
        let unit = unit.word(language);
        Some(match (language, least, most) {
            (_, None, None) => return None,
            (Language::English, Some(least), Some(most)) if least == most => {
                format!("exactly {least}{unit}")
            }
            (Language::English, Some(least), Some(most)) => format!("{least} to {most}{unit}"),
            (Language::English, Some(least), None) => format!("at least {least}{unit}"),
            (Language::English, None, Some(most)) => format!("at most {most}{unit}"),
            (Language::Chinese, Some(least), Some(most)) if least == most => {
                format!("恰好 {least}{unit}")
            }
            (Language::Chinese, Some(least), Some(most)) => format!("{least} 至 {most}{unit}"),
            (Language::Chinese, Some(least), None) if counted => format!("至少 {least}{unit}"),
            (Language::Chinese, None, Some(most)) if counted => format!("至多 {most}{unit}"),
            (Language::Chinese, Some(least), None) => format!("不小于 {least}"),
            (Language::Chinese, None, Some(most)) => format!("不大于 {most}"),
        })
    }
}

/// What a range counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// Plain numbers.
    None,
    /// Characters of a text.
    Characters,
    /// Items of an array.
    Items,
    /// Properties of an object.
    Properties,
}

impl Unit {
    fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::None, _) => "",
            (Self::Characters, Language::English) => " characters",
            (Self::Characters, Language::Chinese) => " 个字符",
            (Self::Items, Language::English) => " items",
            (Self::Items, Language::Chinese) => " 项",
            (Self::Properties, Language::English) => " properties",
            (Self::Properties, Language::Chinese) => " 个属性",
        }
    }
}
