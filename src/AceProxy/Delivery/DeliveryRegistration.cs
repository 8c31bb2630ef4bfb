using AceProxy.Access;
using AceProxy.Delivery.Direct;
using AceProxy.Settings;
using AceProxy.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace AceProxy.Delivery;

internal static class DeliveryRegistration
{
    public static IServiceCollection AddDelivery(this IServiceCollection services, SettingsReader settings) => services
        .AddSingleton(DeliveryOptions.Read(settings))
        .AddStepMetrics<DeliveryMetrics>()
        .AddSingleton<StreamStarter>()
        .AddSingleton<DirectSender>()
        .AddSingleton<StreamSender>()
        .AddLimits()
        .Configure<SocketTransportOptions>(sockets => sockets.MaxWriteBufferSize = 1) // see DirectSender
        .AddSingleton<GetStreamEndpoint>();

    public static IEndpointRouteBuilder MapDelivery(this IEndpointRouteBuilder routes)
    {
        RequestDelegate handle = routes.ServiceProvider.GetRequiredService<GetStreamEndpoint>().HandleAsync;
        routes.MapMethods(GetStreamEndpoint.Path, [HttpMethods.Get, HttpMethods.Head], handle);
        return routes;
    }
}
