using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Cluster;

/// <summary>What all workers of this process log, in one order and with the time, for whoever has to find out why a test failed.</summary>
internal sealed class WorkersLog
{
    private readonly ConcurrentQueue<string> _lines = [];

    public ILoggerProvider Of(string worker) => new Provider(this, worker);

    public override string ToString() => string.Join(Environment.NewLine, _lines);

    private sealed class Provider(WorkersLog log, string worker) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log._lines.Enqueue(string.Create(
                CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {worker} {logLevel}: {formatter(state, exception)}"));

        public void Dispose()
        {
        }
    }
}
