using AceProxy.EngineApi;
using AceProxy.Events;
using AceProxy.Splicing;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Upstream.Playback;

/// <summary>Reads one connection to a session's playback URL until it ends, into a feed. The connection is closed when it returns: one reader, always.</summary>
internal sealed class PlaybackReader(
    IHttpClientFactory clients, UpstreamOptions options, UpstreamMetrics metrics, OpeningMetrics openings, EventLog events, TimeProvider time,
    ILogger<PlaybackReader> logger)
{
    /// <summary>This much without one packet in it is not a transport stream that we came upon in an odd place.</summary>
    private const int MostGarbage = 256 * 1024;

    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    public async Task<ReadOutcome> ReadAsync(UpstreamSession session, PacketFeed feed, ReadLimits limits, CancellationToken cancellation)
    {
        using var connection = new PlaybackConnection(session, clients.CreateEngineClient(), options, time, cancellation);
        using OpeningWatch? opening = session.HasData ? null : openings.Begin(OpeningPhase.Header).On(session.Engine.Address.Id);
        if (await connection.OpenAsync(limits) is { } refusal)
        {
            opening?.Done(refusal.ToFailure());
            feed.Close();
            return refusal;
        }

        opening?.Done(null);
        using OpeningWatch? firstByte = session.HasData ? null : openings.Begin(OpeningPhase.FirstByte).On(session.Engine.Address.Id);

        using var buffer = new BurstBuffer(feed);
        long first = 0, last = 0;
        feed.Begin();
        try
        {
            while (true)
            {
                ValueTask<(int Count, ReadOutcome? End)> reading = connection.ReadAsync(buffer.Room);
                if (!reading.IsCompletedSuccessfully)
                {
                    PassOn();
                }

                (int read, ReadOutcome? end) = await reading;
                feed.Read(read);
                if (buffer.Filled(read))
                {
                    PacketsCame();
                }

                if (end is not null)
                {
                    PassOn();
                }

                if (feed.BytesSinceAligned > MostGarbage)
                {
                    return Ended(new ReadOutcome(ReadEnd.NotTransportStream, $"no TS packet in {feed.BytesSinceAligned} bytes"));
                }

                if (end is not null)
                {
                    return Ended(end);
                }

                if (session.Successor is { } successor && successor.TryRelieve(feed, buffer.Flush()))
                {
                    return Ended(new ReadOutcome(ReadEnd.Relieved, "another session has taken over"));
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
            buffer.EndOfConnection();
            Report(feed.TakeResumed(), session);
        }

        void PassOn()
        {
            if (buffer.BurstIsOver())
            {
                PacketsCame();
            }
        }

        void PacketsCame()
        {
            connection.Flows();
            last = time.GetTimestamp();
            session.Flows(last);
            feed.Flows(last);
            Report(feed.TakeResumed(), session);
            if (first == 0)
            {
                first = last;
                firstByte?.Done(null);
                session.Engine.SessionFlowed(session.Key);
                UpstreamLog.Flowing(logger, session.Key.Value, session.Engine.Address.Id);
            }
        }

        ReadOutcome Ended(ReadOutcome outcome)
        {
            firstByte?.Done(outcome.ToFailure());
            return outcome with { Flowed = first == 0 ? null : time.GetElapsedTime(first, last) };
        }
    }

    private void Report(Resumed? resumed, UpstreamSession session)
    {
        if (resumed is null)
        {
            return;
        }

        metrics.Resumed(resumed);
        events.Record(new ProxyEvent(resumed.IsSpliced ? EventKind.Spliced : EventKind.Jumped)
        {
            Stream = session.Key.Value,
            Engine = session.Engine.Address.Id,
            Seconds = resumed.Distance?.TotalSeconds,
            Reason = resumed.IsSpliced ? null : EventKinds.Named(resumed.Reason),
        });
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
