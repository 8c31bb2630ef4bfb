using AceProxy.EngineApi;
using AceProxy.Engines;

namespace AceProxy.Upstream;

/// <summary>Keeps contents flowing into rings, whatever happens to sessions and engines.</summary>
internal sealed class UpstreamReader(UpstreamServices services)
{
    /// <summary>Runs until it gives up. Every session it opened has been stopped, and every slot given back, when it returns.</summary>
    /// <param name="slot">Where to begin; taken over.</param>
    /// <returns>Why it ended.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired; the same holds.</exception>
    public async Task<EngineFailure> RunAsync(EngineReservation slot, UpstreamIntake intake, CancellationToken cancellation)
    {
        await using var run = new UpstreamRun(services, slot, intake, cancellation);
        return await run.RunAsync();
    }

    /// <summary>How long a stream without data is not given up yet.</summary>
    public TimeSpan PatienceLeft(UpstreamProgress progress) => services.Options.GiveUp - services.Time.GetElapsedTime(progress.LastData);
}
