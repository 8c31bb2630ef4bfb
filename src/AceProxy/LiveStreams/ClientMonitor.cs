namespace AceProxy.LiveStreams;

/// <summary>One slow beat over all clients: ends those whose sockets accept nothing, takes heartbeats, and clears away ghosts.</summary>
internal sealed class ClientMonitor(
    LiveStreamRegistry streams, LiveStreamOptions options, StreamMetrics metrics, TimeProvider time, ILogger<ClientMonitor> logger) : BackgroundService
{
    private long _lastHeartbeat = time.GetTimestamp();
    private long _lastCleanup = time.GetTimestamp();

    /// <summary>Looks at every client once; called by the timer alone.</summary>
    internal void Beat()
    {
        bool heartbeat = IsDue(ref _lastHeartbeat, options.HeartbeatInterval);
        bool cleanup = IsDue(ref _lastCleanup, options.CleanupInterval);
        foreach (LiveStream stream in streams.All())
        {
            foreach (Client client in stream.Clients)
            {
                if (client.IsSending)
                {
                    client.NoteQueue();
                }

                if (client.Next >= 0)
                {
                    metrics.Lags(stream.Ring.AgeOf(client.Next));
                }

                if (heartbeat)
                {
                    client.Heartbeat();
                }

                EndReason? reason = client.StalledFor() >= options.ClientStallTimeout ? EndReason.Stalled
                    : cleanup && client.SinceHeartbeat() >= options.ClientTtl ? EndReason.Expired
                    : null;
                if (reason is { } end)
                {
                    LiveStreamLog.ClientEnded(logger, client.Id, stream.Key.Value, end);
                    client.End(end);
                }
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        TimeSpan beat = TimeSpan.FromSeconds(1);
        foreach (TimeSpan interval in (TimeSpan[])[options.HeartbeatInterval, options.CleanupInterval, options.ClientStallTimeout / 4])
        {
            beat = interval < beat ? interval : beat;
        }

        using var timer = new PeriodicTimer(beat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Beat();
            }
        }
        catch (OperationCanceledException)
        {
            // The worker is stopping.
        }
    }

    private bool IsDue(ref long last, TimeSpan interval)
    {
        long now = time.GetTimestamp();
        if (time.GetElapsedTime(last, now) < interval)
        {
            return false;
        }

        last = now;
        return true;
    }
}
