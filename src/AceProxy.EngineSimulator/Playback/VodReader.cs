using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator.Playback;

/// <summary>Serves a file or one range of it, as fast as the client takes it.</summary>
internal sealed class VodReader(HttpExchange exchange, Session session) : ISessionReader, IDisposable
{
    private const int LargestPiece = 64 * 1024;
    private readonly CancellationTokenSource _interrupt = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted);

    public void End() => Cut();

    /// <summary>A body of known length has no early end but that of its connection.</summary>
    public void Cut() => _interrupt.Cancel();

    public async Task RunAsync(VodFile file)
    {
        var script = session.Content.Script;
        await exchange.DelayAsync(script.HeaderDelay);
        var range = exchange.Request.Headers.GetValueOrDefault("Range");
        if (range is null)
        {
            await exchange.SendHeadAsync(200, $"Content-Type: video/mp2t\r\nContent-Length: {file.Length}\r\nAccept-Ranges: bytes\r\n");
            await SendAsync(file, 0, file.Length);
        }
        else if (RangeHeader.TryParse(range, file.Length, out var start, out var end))
        {
            await exchange.SendHeadAsync(
                206,
                $"Content-Type: video/mp2t\r\nContent-Length: {end - start + 1}\r\n" +
                $"Accept-Ranges: bytes\r\nContent-Range: bytes {start}-{end}/{file.Length}\r\n");
            await SendAsync(file, start, end - start + 1);
        }
        else
        {
            await exchange.ReplyWithoutLengthAsync(416, $"Content-Range: bytes */{file.Length}\r\n");
        }
    }

    public void Dispose() => _interrupt.Dispose();

    private async Task SendAsync(VodFile file, int start, int length)
    {
        await exchange.DelayAsync(session.Content.Script.FirstByteDelay);
        try
        {
            for (var sent = 0; sent < length; sent += LargestPiece)
            {
                var piece = Math.Min(LargestPiece, length - sent);
                await exchange.SendAsync(file.Slice(start + sent, piece), _interrupt.Token);
                session.CountBytes(piece);
            }
        }
        catch (OperationCanceledException) when (!exchange.Aborted.IsCancellationRequested)
        {
            exchange.CloseAfter = true;
        }
    }
}
