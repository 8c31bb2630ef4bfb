using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace AceProxy.Cluster.Workers;

/// <summary>Who this worker is among the others.</summary>
internal sealed class WorkerIdentity(ClusterOptions options, IServiceProvider services, TimeProvider time)
{
    private volatile string? _address;

    /// <summary>40 random bits beside the host's name: two processes on one host, or one started again, are two workers.</summary>
    public string Id { get; } = options.WorkerId.Length > 0
        ? options.WorkerId
        : $"{Tame(Dns.GetHostName())}-{RandomNumberGenerator.GetString("0123456789abcdefghjkmnpqrstvwxyz", 8)}";

    public DateTimeOffset Started { get; } = time.GetUtcNow();

    public string Version { get; } = typeof(WorkerIdentity).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Null until the server listens; with port 0 the port is known only then.</summary>
    public string? Address => _address ??= options.WorkerAddress.Length > 0 ? options.WorkerAddress : Listening();

    private string? Listening()
    {
        string? bound = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses
            .FirstOrDefault(address => address.StartsWith("http:", StringComparison.OrdinalIgnoreCase)); // gateways come without TLS
        if (bound is null)
        {
            return null;
        }

        BindingAddress address = BindingAddress.Parse(bound);
        bool isAnyHost = address.Host is "+" or "*" or "0.0.0.0" or "[::]";
        return address.Port == 0 ? null : $"http://{(isAnyHost ? Dns.GetHostName() : address.Host)}:{address.Port}";
    }

    private static string Tame(string host) => new([.. host.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-').Take(40)]);
}
