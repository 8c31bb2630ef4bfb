using System.Net.Sockets;
using System.Text;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Http;

/// <summary>One request and the means to answer it the way the engine's server does.</summary>
internal sealed class HttpExchange(EngineRequest request, Socket socket, RequestReader reader, string localHost, TimeProvider time, CancellationToken aborted)
{
    public const string ResourceNotFound = "Internal Server Error, couldn't find resource";

    private const string KeptAlive = "Connection: Keep-Alive\r\nKeep-Alive: timeout=15, max=100\r\n";

    public EngineRequest Request => request;

    public CancellationToken Aborted => aborted;

    /// <summary>Whether the connection ends after this exchange.</summary>
    public bool CloseAfter { get; set; }

    /// <summary>The host that URLs in the answer name.</summary>
    public string HostFor(ContentScript script) => script.ForeignHost ?? request.Headers.GetValueOrDefault("Host", localHost);

    public Task DelayAsync(TimeSpan delay) => delay > TimeSpan.Zero ? Task.Delay(delay, time, aborted) : Task.CompletedTask;

    public ValueTask ReplyJsonAsync(string json) => ReplyAsync(200, "application/json", Encoding.UTF8.GetBytes(json));

    public ValueTask ReplyNotFoundAsync() => ReplyTextAsync(500, ResourceNotFound);

    public ValueTask ReplyTextAsync(int status, string text) => ReplyAsync(status, "text/plain", Encoding.UTF8.GetBytes(text));

    public async ValueTask ReplyAsync(int status, string contentType, ReadOnlyMemory<byte> body)
    {
        await SendHeadAsync(status, $"Content-Type: {contentType}\r\nContent-Length: {body.Length}\r\nAccess-Control-Allow-Origin: *\r\n");
        await SendAsync(body);
    }

    /// <summary>302 without a length; its body ends with the connection, if that ends.</summary>
    public ValueTask RedirectAsync(string location) => ReplyWithoutLengthAsync(
        302,
        $"Access-Control-Allow-Origin: *\r\nLocation: {location}\r\n",
        $"Redirect to {location}");

    /// <summary>A reply that has no length: the engine closes after it only on a fresh connection or when asked to.</summary>
    public async ValueTask ReplyWithoutLengthAsync(int status, string headers, string body = "")
    {
        await SendHeadAsync(status, headers);
        await SendAsync(Encoding.UTF8.GetBytes(body));
        CloseAfter = request.FirstOnConnection || request.AsksToClose;
    }

    /// <param name="status">200 and 206 are kept alive whatever the client asked for.</param>
    /// <param name="headers">Header lines, each with its line end.</param>
    /// <param name="keptAlive">False leaves the keep-alive headers out.</param>
    public ValueTask SendHeadAsync(int status, string headers, bool keptAlive = true)
    {
        var version = request.Method == "POST" ? "HTTP/1.0" : "HTTP/1.1";
        var announced = keptAlive && status is 200 or 206;
        CloseAfter = request.Method == "POST" || (!announced && request.AsksToClose);
        return SendAsync(Encoding.Latin1.GetBytes(
            $"{version} {StatusLine(status)}\r\n{Identity()}{headers}{(announced ? KeptAlive : string.Empty)}\r\n"));
    }

    public string Identity() => $"Server: BaseHTTP/0.6 Python/3.8.16\r\nDate: {time.GetUtcNow():R}\r\n";

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        var token = cancellation.CanBeCanceled ? cancellation : aborted;
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, token)..];
    }

    /// <summary>Leaves the request unanswered for as long as the client cares to wait.</summary>
    public async ValueTask NeverAnswerAsync()
    {
        CloseAfter = true;
        await reader.WaitForCloseAsync(aborted);
    }

    /// <summary>Ends the connection at once, with RST.</summary>
    public void Reset()
    {
        CloseAfter = true;
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    private static string StatusLine(int status) => status switch
    {
        200 => "200 OK",
        206 => "206 Partial Content",
        302 => "302 Found",
        403 => "403 Forbidden",
        404 => "404 Not Found",
        416 => "416 Requested Range Not Satisfiable",
        500 => "500 Internal Server Error",
        501 => "501 Not Implemented",
        503 => "503 Service Unavailable",
        _ => $"{status} Simulated",
    };
}
