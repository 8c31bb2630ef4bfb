using System.Collections.Concurrent;
using AceProxy.Engines.Sources;

namespace AceProxy.Engines.Health;

/// <summary>One beat over all engines: asks those whose turn it is how they are, a few at a time.</summary>
internal sealed class HealthMonitor(
    EngineCatalog catalog, EngineProber prober, HealthOptions options, TimeProvider time, ILogger<HealthMonitor> logger) : BackgroundService
{
    /// <summary>Engines that are asked at once; one that hangs takes its place for seconds.</summary>
    private const int MostAtOnce = 16;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly ConcurrentDictionary<Task, byte> _checks = [];

    public override void Dispose()
    {
        base.Dispose();
        _places.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        try
        {
            do
            {
                foreach (Engine engine in catalog.Engines.Where(engine => engine.Probing.TryBegin()))
                {
                    Track(CheckAsync(engine, stoppingToken));
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The worker is stopping.
        }

        await Task.WhenAll(_checks.Keys);
    }

    private void Track(Task check)
    {
        _checks.TryAdd(check, 0);
        _ = check.ContinueWith(
            done => _checks.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task CheckAsync(Engine engine, CancellationToken cancellation)
    {
        try
        {
            await _places.WaitAsync(cancellation);
            try
            {
                await engine.CheckAsync(token => prober.CheckAsync(engine.Address, token), cancellation);
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The worker is stopping.
        }
        catch (Exception exception)
        {
            EnginesLog.CheckCrashed(logger, exception, engine.Address.Id); // a fault of ours, and it must not be the last check
        }
        finally
        {
            engine.Probing.End(engine.IsSettled ? options.NextInterval() : options.RetryInterval);
        }
    }
}
