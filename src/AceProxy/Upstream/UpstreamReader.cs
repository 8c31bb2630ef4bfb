using AceProxy.EngineApi;

namespace AceProxy.Upstream;

/// <summary>Keeps contents flowing into rings, whatever happens to sessions and engines.</summary>
internal sealed class UpstreamReader(UpstreamServices services)
{
    /// <summary>Runs until it gives up. Every session it opened has been stopped, and every slot given back, when it returns.</summary>
    /// <returns>Why it ended.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired; the same holds.</exception>
    public async Task<EngineFailure> RunAsync(UpstreamIntake intake, CancellationToken cancellation)
    {
        await using var run = new UpstreamRun(services, intake, cancellation);
        return await run.RunAsync();
    }
}
