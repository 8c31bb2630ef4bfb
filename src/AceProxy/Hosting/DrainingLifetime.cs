using System.Runtime.InteropServices;
using AceProxy.LiveStreams;

namespace AceProxy.Hosting;

/// <summary>
/// SIGTERM, SIGINT and SIGQUIT begin the drain: load balancers are told, streams with viewers on other workers are handed over, and the end
/// comes <c>SHUTDOWN_DRAIN</c> later. A second signal ends it at once.
/// </summary>
internal sealed class DrainingLifetime(
    Drain drain, DrainOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DrainingLifetime> logger)
    : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private ITimer? _end;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _end?.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true; // the process ends when the host has
        bool isFirst = drain.BeginToEnd();
        if (!isFirst || options.Time == TimeSpan.Zero)
        {
            lifetime.StopApplication();
            return;
        }

        HostingLog.Draining(logger, options.Time.TotalSeconds);
        _end = time.CreateTimer(_ => lifetime.StopApplication(), null, options.Time, Timeout.InfiniteTimeSpan);
    }
}
