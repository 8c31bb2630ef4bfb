using System.Buffers;
using AceProxy.EngineApi;
using AceProxy.Splicing;

namespace AceProxy.Upstream;

/// <summary>Reads one connection to a session's playback URL until it ends, into a feed. The connection is closed when it returns: one reader, always.</summary>
internal sealed class PlaybackReader(
    IHttpClientFactory clients, UpstreamOptions options, TimeProvider time, ILogger<PlaybackReader> logger)
{
    private const int BufferSize = 64 * 1024;

    /// <summary>This much without one packet in it is not a transport stream that we came upon in an odd place.</summary>
    private const int MostGarbage = 256 * 1024;

    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    public async Task<ReadOutcome> ReadAsync(UpstreamSession session, PacketFeed feed, ReadLimits limits, CancellationToken cancellation)
    {
        using var connection = new PlaybackConnection(session, clients.CreateEngineClient(), options, time, cancellation);
        if (await connection.OpenAsync(limits) is { } refusal)
        {
            feed.Close();
            return refusal;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        int filled = 0;
        long first = 0, last = 0;
        feed.Begin();
        try
        {
            while (true)
            {
                (int read, ReadOutcome? end) = await connection.ReadAsync(buffer.AsMemory(filled));
                if (end is not null)
                {
                    return Ended(end);
                }

                filled += read;
                int done = feed.Take(buffer.AsSpan(0, filled), read);
                Report(feed.TakeResumed(), session);
                buffer.AsSpan(done, filled - done).CopyTo(buffer);
                filled -= done;
                if (feed.IsAligned)
                {
                    connection.Flows();
                    last = time.GetTimestamp();
                    session.Flows(last);
                    if (first == 0)
                    {
                        first = last;
                        session.Engine.SessionFlowed(session.Key);
                        UpstreamLog.Flowing(logger, session.Key.Value, session.Engine.Address.Id);
                    }
                }

                if (session.Successor is { } successor && successor.TryRelieve(feed, buffer.AsSpan(0, filled)))
                {
                    filled = 0;
                    return Ended(new ReadOutcome(ReadEnd.Relieved, $"engine {successor.Engine.Address.Id} has taken over"));
                }

                if (feed.BytesSinceAligned > MostGarbage)
                {
                    return Ended(new ReadOutcome(ReadEnd.NotTransportStream, $"no TS packet in {feed.BytesSinceAligned} bytes"));
                }

                if (feed.IsFull)
                {
                    connection.Pause();
                    await feed.WhenTaken.WaitAsync(cancellation);
                    connection.Flows();
                }
            }
        }
        finally
        {
            feed.End(buffer.AsSpan(0, filled));
            Report(feed.TakeResumed(), session);
            ArrayPool<byte>.Shared.Return(buffer);
        }

        ReadOutcome Ended(ReadOutcome outcome) => outcome with { Flowed = first == 0 ? null : time.GetElapsedTime(first, last) };
    }

    private void Report(Resumed? resumed, UpstreamSession session)
    {
        if (resumed is null)
        {
            return;
        }

        long took = (long)resumed.Took.TotalMilliseconds;
        if (resumed.IsSpliced)
        {
            UpstreamLog.Spliced(logger, session.Key.Value, resumed.Left, (long?)resumed.Overlap?.TotalMilliseconds, took);
        }
        else
        {
            UpstreamLog.Jumped(
                logger, session.Key.Value, (long?)resumed.Distance?.TotalMilliseconds, resumed.Reason, resumed.AtRandomAccess, took);
        }
    }
}
