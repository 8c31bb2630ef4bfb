namespace AceProxy.Engines.Sources;

/// <summary>Asks every source again and again, each at its own pace, and hands what it says to the catalogue.</summary>
internal sealed class SourceMonitor(IEnumerable<IEngineSource> sources, EngineCatalog catalog, TimeProvider time, ILogger<SourceMonitor> logger)
    : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _asking = Task.CompletedTask;

    /// <summary>What needs no asking is known when this returns, before the first request comes.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _asking = Task.WhenAll([.. sources.Select(source => AskAsync(source, _stopping.Token))]);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _asking.WaitAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task AskAsync(IEngineSource source, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                catalog.Apply(source.Name, await AnswerAsync(source, cancellation));
                await Task.Delay(source.Interval, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The worker is stopping.
        }
    }

    /// <summary>A fault in one source's own code must not end the asking.</summary>
    private async Task<SourceAnswer> AnswerAsync(IEngineSource source, CancellationToken cancellation)
    {
        try
        {
            return await source.AskAsync(cancellation);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            EnginesLog.SourceCrashed(logger, exception, source.Name);
            return SourceAnswer.Failed("an unexpected error; see the log");
        }
    }
}
