namespace AceProxy.Hosting;

/// <summary>
/// What goes on beside the requests for as long as the process does. An error that nobody expected is logged and ends neither the process nor
/// what goes on: after a pause it begins anew.
/// </summary>
internal abstract class SteadyService(TimeProvider time, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected TimeProvider Time => time;

    protected ILogger Logger => logger;

    /// <summary>Goes on until it is cancelled.</summary>
    protected abstract Task RunAsync(CancellationToken cancellation);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                HostingLog.ServiceFailed(logger, exception, GetType().Name, Pause.TotalSeconds);
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
