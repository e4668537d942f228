//! The bound: the bytes of a file, from hyper, whatever the request. `fixed FILE` serves on a free
//! port and says where.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::fs;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).ok_or("fixed: the file is missing")?;
    let bytes = Bytes::from(fs::read(file)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    functiongraph_bench::announce(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let bytes = bytes.clone();
        tokio::spawn(async move {
            let service = service_fn(move |_: Request<Incoming>| {
                let bytes = bytes.clone();
                async move {
                    let mut response = Response::new(Full::new(bytes));
                    response
                        .headers_mut()
                        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                    Ok::<_, Infallible>(response)
                }
            });
            // A connection that the load generator drops is its own affair.
            drop(
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await,
            );
        });
    }
}
