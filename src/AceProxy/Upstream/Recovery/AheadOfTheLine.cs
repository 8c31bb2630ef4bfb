using AceProxy.Engines;

namespace AceProxy.Upstream.Recovery;

/// <summary>Where a stream that has played and has no session waits for a slot.</summary>
internal static class AheadOfTheLine
{
    /// <summary>Waits for one until something else has ended. Null: it has, or no engine could give one now.</summary>
    /// <param name="avoided">Taken only when there is no other.</param>
    /// <param name="never">Not taken at all.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired; nothing is held.</exception>
    public static async Task<EngineReservation?> ReserveMeanwhileAsync(
        this EnginePool engines, Task other, IReadOnlyCollection<Engine> avoided, IReadOnlyCollection<Engine> never, CancellationToken cancellation)
    {
        if (!engines.Engines.Any(engine => engine.Health.TakesSessions && !never.Contains(engine)))
        {
            return null; // who waits makes streams that nobody watches give their slots up
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<EngineReservation?> reserving = engines.ReserveAheadAsync(avoided, never, "", Timeout.InfiniteTimeSpan, ended.Token);
        await Task.WhenAny(reserving, other);
        await ended.CancelAsync();
        try
        {
            return await reserving;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
