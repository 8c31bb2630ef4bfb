using AceProxy.EngineApi;
using AceProxy.LiveStreams;

namespace AceProxy.Cluster.Sharing;

/// <summary>Several workers: a stream comes from an engine on one of them, its owner, and over Redis on the others.</summary>
internal sealed class SharedSource(SharingServices services) : IStreamSource
{
    public async Task<EngineFailure?> RunAsync(StreamRun stream, CancellationToken cancellation)
    {
        await using StreamSignals signals = await StreamSignals.ListenAsync(stream.Stream.Key, services.Redis);
        services.Clients.Begin(stream.Stream);
        try
        {
            return await new SharedStream(services, stream, signals).RunAsync(cancellation);
        }
        finally
        {
            await services.Clients.EndAsync(stream.Stream);
        }
    }
}
