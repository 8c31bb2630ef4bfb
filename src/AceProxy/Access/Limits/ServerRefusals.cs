using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using AceProxy.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace AceProxy.Access.Limits;

/// <summary>
/// Counts what the web server turns away before there is a request to judge. It tells of each by a diagnostic event
/// (https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/diagnostics).
/// </summary>
internal sealed class ServerRefusals : IStepMetrics, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private const string Other = "other";

    /// <summary>No HTTP, or not in time, or more of it than <see cref="ConnectionOptions"/> allows.</summary>
    private static readonly string[] Statuses = ["400", "408", "414", "431"];

    private readonly LabelledCounter _refusals;
    private readonly IDisposable _subscription;

    public ServerRefusals(IMeterFactory meters, DiagnosticListener server)
    {
        _refusals = new LabelledCounter(
            meters.Create(AccessMetrics.MeterName), "aceproxy.server.refusals", "{request}",
            "Requests that the web server refused before they were any, by the status it answered.", "status", [.. Statuses, Other]);
        _subscription = server.Subscribe(this, static name => name == BadRequest);
    }

    public void OnNext(KeyValuePair<string, object?> told)
    {
        if (told is { Key: BadRequest, Value: IFeatureCollection features }
            && features.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException refusal)
        {
            string status = refusal.StatusCode.ToString(CultureInfo.InvariantCulture);
            _refusals.Add(Statuses.Contains(status) ? status : Other);
        }
    }

    public void OnError(Exception error)
    {
        // A diagnostic source has none.
    }

    public void OnCompleted()
    {
        // The server ends.
    }

    public void Dispose() => _subscription.Dispose();
}
