using System.Net;

namespace AceProxy.EngineSimulator.Control;

internal sealed class ControlServer : IAsyncDisposable
{
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public static Task<ControlServer> StartAsync(SimulatedEngine engine, IPEndPoint endPoint) => throw new NotSupportedException($"{engine} {endPoint}");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
