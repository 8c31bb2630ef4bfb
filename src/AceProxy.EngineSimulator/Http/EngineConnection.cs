using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.EngineSimulator.Http;

/// <summary>One client connection: requests one after the other, each answered before the next is read.</summary>
internal sealed class EngineConnection(long id, Socket socket, TimeProvider time, EventLog events, Func<HttpExchange, ValueTask> answer)
{
    private volatile bool _resetOnClose;

    /// <summary>Ends the connection from outside, with RST.</summary>
    public void Reset()
    {
        _resetOnClose = true;
        Close();
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        events.Add(EngineEventKind.ConnectionOpened, id.ToString(CultureInfo.InvariantCulture));
        try
        {
            socket.NoDelay = true;
            await ServeAsync(cancellation);
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            events.Add(EngineEventKind.RequestAbandoned, $"connection {id}: {ended.GetType().Name}");
        }
        catch (Exception bug)
        {
            // Not to be lost with the connection: a state dump shows it to whoever waits in vain.
            events.Add(EngineEventKind.RequestFailed, $"connection {id}: {bug}");
            throw;
        }
        finally
        {
            Close();
            events.Add(EngineEventKind.ConnectionClosed, id.ToString(CultureInfo.InvariantCulture));
        }
    }

    private async Task ServeAsync(CancellationToken cancellation)
    {
        var client = (socket.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? string.Empty;
        var localHost = socket.LocalEndPoint?.ToString() ?? string.Empty;
        var reader = new RequestReader(socket);
        for (var first = true; await reader.ReadHeadAsync(cancellation) is { } head; first = false)
        {
            var request = Parse(head, first, client);
            if (request is null)
                return;
            if (request.Headers.TryGetValue("Content-Length", out var length) && long.TryParse(length, CultureInfo.InvariantCulture, out var body))
                await reader.SkipAsync(body, cancellation);
            var exchange = new HttpExchange(request, socket, reader, localHost, time, cancellation);
            await answer(exchange);
            if (exchange.CloseAfter)
                return;
        }
    }

    private EngineRequest? Parse(string head, bool first, string client)
    {
        var lines = head.Split("\r\n");
        if (lines[0].Split(' ') is not [var method, var target, var version])
            return null;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                headers[line[..colon].Trim()] = line[(colon + 1)..].Trim();
        }
        return new EngineRequest(method, target, version, headers, id, first, client);
    }

    private void Close()
    {
        try
        {
            if (_resetOnClose)
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            else if (socket.Connected)
                socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The other side was faster.
        }
        socket.Close();
    }
}
