//! The versions of a function, page by page.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use functiongraph_types::{FunctionVersion, FunctionVersionPage, Marker, MaxItems};
use futures_core::Stream;

use crate::error::{Error, ErrorKind};
use crate::function::{Function, Target};
use crate::prepared::{Catch, Prepared};
use crate::response::Response;
use crate::session::LIST;
use crate::time::Instant;

/// Versions after which a list is taken to have no end, and pages, however small these are.
const MAX_VERSIONS: u64 = 80_000;
const MAX_PAGES: u64 = 10_000;

/// Versions on a page unless fewer are asked for, and at most (S2).
const PAGE: u64 = 400;

/// How many times an answer's greatest size all pages of a list may have that is collected.
const COLLECTED: usize = 16;

type Page = Response<FunctionVersionPage>;

#[cfg(not(target_arch = "wasm32"))]
type Fetch = Pin<Box<dyn Future<Output = Result<(Target, Page), Error>> + Send>>;
#[cfg(target_arch = "wasm32")]
type Fetch = Pin<Box<dyn Future<Output = Result<(Target, Page), Error>>>>;

/// The pages of a function's list of versions: a [`Stream`] of whole answers, for those who want
/// their status, headers or raw body.
///
/// The stream ends after a page that is empty, or whose `next_marker` is missing, zero or not
/// beyond its own marker; and after an error.
#[must_use = "nothing is sent before the stream is read"]
pub struct Pages {
    function: Function,
    page_size: Option<MaxItems>,
    marker: i64,
    /// The first argument that cannot be sent.
    wrong: Option<String>,
    seen: u32,
    /// Bytes of the pages so far.
    bytes: usize,
    limit: Option<u32>,
    target: Option<Target>,
    fetch: Option<Fetch>,
    ended: bool,
}

/// The versions of a function: a [`Stream`] that asks for the next page when it needs it.
///
/// ```
/// # async fn example(client: functiongraph_client::Client) -> Result<(), functiongraph_client::Error> {
/// // All of them at once:
/// let all: Vec<_> = client.function("test").versions().try_collect().await?;
/// // One after the other, 50 to a page:
/// let mut versions = client.function("test").versions().page_size(50);
/// while let Some(version) = versions.next().await {
///     println!("{}", version?.version);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before the stream is read"]
pub struct Versions {
    pages: Pages,
    ready: VecDeque<FunctionVersion>,
}

impl Pages {
    fn new(function: Function) -> Self {
        Self {
            function,
            page_size: None,
            marker: 0,
            wrong: None,
            seen: 0,
            bytes: 0,
            limit: None,
            target: None,
            fetch: None,
            ended: false,
        }
    }

    /// The next page; nothing at the end of the list.
    pub async fn next(&mut self) -> Option<Result<Page, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The pages to read at most.
    fn limit(&self) -> u32 {
        let asked = self.page_size.as_ref().and_then(MaxItems::count);
        // 0 asks for as many as there can be.
        let size = asked.filter(|size| (1..=PAGE).contains(size));
        let pages = (MAX_VERSIONS / size.unwrap_or(PAGE)).min(MAX_PAGES);
        self.limit
            .unwrap_or_else(|| u32::try_from(pages).unwrap_or(u32::MAX))
    }

    fn refuse(&mut self, wrong: String) {
        self.wrong.get_or_insert(wrong);
    }

    fn fetch(&self) -> Fetch {
        // Each page is a call of its own, with all its time.
        let began = Instant::now();
        let function = self.function.clone().since(began);
        let target = self.target.clone();
        let page_size = self.page_size.clone();
        let wrong = self.wrong.clone();
        let marker = self.marker;
        Box::pin(async move {
            if let Some(wrong) = wrong {
                return Err(Error::new(ErrorKind::Request, wrong).with_operation(LIST));
            }
            let target = match target {
                Some(target) => target,
                None => function.target(LIST, began).await?,
            };
            let mut call = function
                .client()
                .list_function_versions()
                .project_id(target.project.clone())
                .function_urn(target.urn.clone());
            if let Some(size) = page_size {
                call = call.maxitems(size);
            }
            if marker > 0 {
                let marker = Marker::try_from(marker).map_err(|violations| {
                    Error::new(ErrorKind::Paging, format!("the next marker: {violations}"))
                })?;
                call = call.marker(marker);
            }
            Ok((target, call.send().await?))
        })
    }
}

impl Stream for Pages {
    type Item = Result<Page, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut fetch = match self.fetch.take() {
            Some(fetch) => fetch,
            None => self.fetch(),
        };
        match fetch.as_mut().poll(context) {
            Poll::Pending => {
                self.fetch = Some(fetch);
                Poll::Pending
            }
            Poll::Ready(Err(error)) => {
                self.ended = true;
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(Ok((target, page))) => {
                self.target = Some(target);
                self.seen += 1;
                let is_empty = is_empty(&page);
                // The page after the last has none, and shows that the list has come to its end.
                if self.seen > self.limit() && !is_empty {
                    self.ended = true;
                    let what = format!("the list does not end after {} pages", self.limit());
                    let error = Error::new(ErrorKind::Paging, what).with_operation(LIST);
                    return Poll::Ready(Some(Err(error)));
                }
                self.bytes = self.bytes.saturating_add(page.raw_body().len());
                self.ended = is_empty || page.next_marker <= self.marker;
                self.marker = page.next_marker;
                Poll::Ready(Some(Ok(page)))
            }
        }
    }
}

/// Whether a page has no items. Those that are null are none to callers, and no sign of the end.
fn is_empty(page: &Page) -> bool {
    /// Reads how many items there are, whatever they are.
    #[derive(Default, serde::Deserialize)]
    struct Items {
        versions: Option<Vec<serde::de::IgnoredAny>>,
    }
    page.versions.is_empty()
        && serde_json::from_slice::<Items>(page.raw_body())
            .unwrap_or_default()
            .versions
            .is_none_or(|items| items.is_empty())
}

impl Versions {
    pub(crate) fn new(function: Function) -> Self {
        Self {
            pages: Pages::new(function),
            ready: VecDeque::new(),
        }
    }

    /// How many versions to ask for at a time; without it the service decides (400).
    pub fn page_size<N>(mut self, size: N) -> Self
    where
        N: TryInto<MaxItems>,
        N::Error: fmt::Display,
    {
        match size.try_into() {
            Ok(size) => self.pages.page_size = Some(size),
            Err(error) => self.pages.refuse(format!("the page size: {error}")),
        }
        self
    }

    /// How many pages with versions to read at most, otherwise as many as 80,000 versions take and no
    /// more than 10,000: a list that goes on after them is an error, so that one without end comes to
    /// an end. One more page is asked for, to see whether it does.
    pub fn page_limit(mut self, pages: u32) -> Self {
        self.pages.limit = Some(pages);
        self
    }

    /// Starts at this position of the list instead of its beginning: a `next_marker` of earlier.
    pub fn starting_at<M>(mut self, marker: M) -> Self
    where
        M: TryInto<Marker>,
        M::Error: fmt::Display,
    {
        let marker = marker.try_into().map_err(|error| error.to_string());
        let position = marker.and_then(|marker: Marker| {
            let position = marker.position().and_then(|at| i64::try_from(at).ok());
            position.ok_or_else(|| format!("`{marker}` is no position of a list"))
        });
        match position {
            Ok(position) => self.pages.marker = position,
            Err(wrong) => self.pages.refuse(format!("the marker: {wrong}")),
        }
        self
    }

    /// The request for the next page, with its credentials. Nothing is sent but what finding
    /// credentials and the project takes.
    ///
    /// # Errors
    ///
    /// An argument that cannot be sent; no credentials.
    pub async fn prepare(self) -> Result<Prepared, Error> {
        let catch = Catch::default();
        let mut pages = self.pages;
        pages.function = pages.function.caught_by(&catch);
        let page = pages.next().await;
        catch.take(page.unwrap_or_else(|| {
            Err(Error::new(
                ErrorKind::Paging,
                "the list has come to its end",
            ))
        }))
    }

    /// The pages themselves, with status, headers and raw body. It goes on with the next page: what
    /// was not read yet of the one before is left out.
    pub fn pages(self) -> Pages {
        self.pages
    }

    /// The next version; nothing at the end of the list.
    pub async fn next(&mut self) -> Option<Result<FunctionVersion, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// All versions that are left.
    ///
    /// # Errors
    ///
    /// The first error; the versions before it are lost. [`ErrorKind::TooLarge`] where the pages
    /// together are larger than 16 answers may be: such a list is to be read version by version.
    pub async fn try_collect<C: Default + Extend<FunctionVersion>>(mut self) -> Result<C, Error> {
        let transport = self.pages.function.client().inner.transport();
        let limit = transport.max_response_bytes.saturating_mul(COLLECTED);
        let mut all = C::default();
        while let Some(version) = self.next().await {
            all.extend([version?]);
            if self.pages.bytes > limit {
                let what = format!(
                    "the list is larger than {limit} bytes; read it version by version, or raise max_response_bytes"
                );
                return Err(Error::new(ErrorKind::TooLarge, what).with_operation(LIST));
            }
        }
        Ok(all)
    }
}

impl Stream for Versions {
    type Item = Result<FunctionVersion, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(version) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(version)));
            }
            match Pin::new(&mut self.pages).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(page))) => self.ready = page.into_inner().versions.into(),
            }
        }
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pages")
            .field("function", &self.function)
            .field("marker", &self.marker)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Versions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Versions")
            .field("pages", &self.pages)
            .field("ready", &self.ready.len())
            .finish()
    }
}
