using System.Net;

namespace AceProxy.EngineApi;

/// <summary>
/// Gives every call a handler of its own, disposed with the call or its response. One that lives on would reuse what the engine left open,
/// and keep a connection that came about only when its call had been cancelled.
/// </summary>
internal sealed class SingleCallHandler(Func<SocketsHttpHandler> create) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var call = new HttpMessageInvoker(create());
        try
        {
            HttpResponseMessage response = await call.SendAsync(request, cancellationToken);
            response.Content = new CallContent(response.Content, call);
            return response;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    /// <summary>A response's body that ends its call when it is disposed.</summary>
    private sealed class CallContent : HttpContent
    {
        private readonly HttpContent _body;
        private readonly HttpMessageInvoker _call;

        public CallContent(HttpContent body, HttpMessageInvoker call)
        {
            (_body, _call) = (body, call);
            foreach ((string name, IEnumerable<string> values) in body.Headers.NonValidated.Select(header => (header.Key, header.Value)))
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task<Stream> CreateContentReadStreamAsync() => _body.ReadAsStreamAsync();

        protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
            _body.ReadAsStreamAsync(cancellationToken);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _body.CopyToAsync(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false; // the header that was copied says it, if there was one
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _body.Dispose();
                _call.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
