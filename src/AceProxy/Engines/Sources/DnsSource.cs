using System.Net;
using System.Net.Sockets;

namespace AceProxy.Engines.Sources;

/// <summary>One name whose every address is an engine: a scaled compose service, a headless Kubernetes service.</summary>
/// <param name="name">Host name, and the port and the mark that all its engines share.</param>
internal sealed class DnsSource(EngineAddress name, ResolveHost resolve, SourceOptions options, TimeProvider time) : IEngineSource
{
    /// <summary>A bound; a name with more addresses is hardly one of engines.</summary>
    private const int MostAddresses = 256;

    /// <summary>For one answer; the system's own resolver retries within it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => $"ENGINES_DNS {name.Id}";

    public TimeSpan Interval => options.DnsInterval;

    public async Task<SourceAnswer> AskAsync(CancellationToken cancellation)
    {
        try
        {
            IPAddress[] addresses = await resolve(name.Host, cancellation).WaitAsync(Patience, time, cancellation);
            ListedEngine[] engines =
            [
                .. addresses.Where(address => !address.IsIPv6LinkLocal) // good on one interface only, and no engine's
                    .Select(address => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
                    .Select(address => new EngineAddress(address.ToString(), name.Port, name.IsForwarded))
                    .DistinctBy(engine => engine.Id)
                    .OrderBy(engine => engine.Id, StringComparer.Ordinal)
                    .Select(engine => new ListedEngine(engine)),
            ];
            return engines.Length switch
            {
                0 => SourceAnswer.Failed($"'{name.Host}' has no address"),
                > MostAddresses => new SourceAnswer(engines[..MostAddresses], $"'{name.Host}' has {engines.Length} addresses; {MostAddresses} are used"),
                _ => new SourceAnswer(engines, null),
            };
        }
        catch (SocketException exception)
        {
            // A name that is gone may be a service scaled to nothing or a name server in trouble; engines that are really gone show it.
            return SourceAnswer.Failed($"'{name.Host}' does not resolve: {exception.Message}");
        }
        catch (TimeoutException)
        {
            return SourceAnswer.Failed($"'{name.Host}' does not resolve within {Patience.TotalSeconds:0} s");
        }
    }
}
