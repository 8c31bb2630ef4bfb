namespace AceProxy.EngineApi;

/// <summary>
/// Gives every call a handler of its own, with a connection of its own. A handler that lives on would reuse what the engine left open, and
/// when a call is cancelled while it connects, the connection would come about all the same and stay open with nothing sent on it: the
/// handler is disposed with such a call.
/// </summary>
internal sealed class SingleCallHandler(Func<SocketsHttpHandler> create) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var call = new HttpMessageInvoker(create());
        try
        {
            // A call that succeeds leaves the handler nothing but the response's connection, which is closed with the response.
            return await call.SendAsync(request, cancellationToken);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }
}
