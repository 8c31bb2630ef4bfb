using System.Buffers;
using System.Buffers.Text;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator.Playback;

/// <summary>The body of a live response: bytes of the broadcast in the chosen framing, each piece one write.</summary>
internal sealed class LiveBody(HttpExchange exchange, Session session, Random random) : IDisposable
{
    /// <summary>Most bytes of video in one write.</summary>
    public const int LargestPiece = 48 * 1024;

    private const int SmallestPiece = 16 * 1024;
    private const int HeadRoom = 16; // chunk size in hex and its line end, put right before the first byte sent
    private const long EndlessLength = 1L << 40;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(HeadRoom + LargestPiece + 3 * TransportPacket.Size);
    private StreamFraming _framing;
    private bool _withinPiece;

    /// <summary>Next byte of the broadcast to send.</summary>
    public long Position { get; set; }

    public async ValueTask BeginAsync(StreamFraming framing)
    {
        _framing = framing;
        const string Type = "Content-Type: video/mp2t\r\n";
        switch (framing)
        {
            case StreamFraming.Close:
                await exchange.SendHeadAsync(200, Type, keptAlive: false);
                exchange.CloseAfter = true;
                break;
            case StreamFraming.ContentLength:
                await exchange.SendHeadAsync(
                    206,
                    $"{Type}Accept-Ranges: bytes\r\nContent-Range: bytes 0-{EndlessLength - 1}/{EndlessLength}\r\nContent-Length: {EndlessLength}\r\n");
                exchange.CloseAfter = true;
                break;
            default:
                await exchange.SendHeadAsync(200, Type + "Transfer-Encoding: chunked\r\n");
                break;
        }
    }

    /// <summary>Sends the next piece of the broadcast, an odd number of bytes, at most up to <paramref name="end"/>.</summary>
    public async ValueTask SendAsync(IBroadcast broadcast, long end, CancellationToken cancellation)
    {
        var length = (int)Math.Min(end - Position, random.Next(SmallestPiece, LargestPiece) | 1);
        var start = Load(broadcast, length);
        await SendPieceAsync(start, length, announced: length, cancellation);
        Position += length;
        session.CountBytes(length);
    }

    public async ValueTask SendGarbageAsync(IBroadcast broadcast, int bytes, CancellationToken cancellation)
    {
        if (Position % TransportPacket.Size == 0)
            await SendAsync(broadcast, Position + random.Next(1, TransportPacket.Size), cancellation);
        for (var left = bytes; left > 0; left -= LargestPiece)
        {
            var length = Math.Min(left, LargestPiece);
            random.NextBytes(_buffer.AsSpan(HeadRoom, length));
            await SendPieceAsync(HeadRoom, length, announced: length, cancellation);
        }
    }

    /// <summary>Ends as the framing says; without chunks the end of the connection is the end of the body.</summary>
    public ValueTask EndAsync(CancellationToken cancellation) =>
        _framing == StreamFraming.Chunked ? exchange.SendAsync("0\r\n\r\n"u8.ToArray(), cancellation) : ValueTask.CompletedTask;

    /// <summary>Begins a chunk that is never completed, unless one was broken off already.</summary>
    public async ValueTask TearAsync(IBroadcast broadcast)
    {
        const int Sent = 1_001;
        if (_withinPiece)
            return;
        var start = Load(broadcast, Sent);
        // A client that reads nothing may leave no room for it; then the end has to do without.
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        try
        {
            await SendPieceAsync(start, Sent, announced: 3 * Sent, patience.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <returns>Where in the buffer the byte at <see cref="Position"/> is.</returns>
    private int Load(IBroadcast broadcast, int length)
    {
        var (packet, offset) = Math.DivRem(Position, TransportPacket.Size);
        var packets = ((int)offset + length + TransportPacket.Size - 1) / TransportPacket.Size;
        broadcast.Read(packet, _buffer.AsSpan(HeadRoom, packets * TransportPacket.Size));
        return HeadRoom + (int)offset;
    }

    private async ValueTask SendPieceAsync(int start, int length, int announced, CancellationToken cancellation)
    {
        _withinPiece = true;
        await exchange.SendAsync(_framing == StreamFraming.Chunked ? Chunk(start, length, announced) : _buffer.AsMemory(start, length), cancellation);
        _withinPiece = false;
    }

    /// <summary>Puts the size before the bytes and, if the chunk is complete, the line end behind them.</summary>
    private ReadOnlyMemory<byte> Chunk(int start, int length, int announced)
    {
        Span<byte> digits = stackalloc byte[8];
        Utf8Formatter.TryFormat(announced, digits, out var count, new StandardFormat('x'));
        var head = start - count - 2;
        digits[..count].CopyTo(_buffer.AsSpan(head));
        "\r\n"u8.CopyTo(_buffer.AsSpan(start - 2));
        if (announced == length)
            "\r\n"u8.CopyTo(_buffer.AsSpan(start + length));
        return _buffer.AsMemory(head, count + 2 + length + (announced == length ? 2 : 0));
    }
}
